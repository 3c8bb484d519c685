"""What older versions of the portal recorded can be read: a sample of each version, as the log holds it."""

import json
from pathlib import Path

import pytest

import shared.messaging.cloudevents  # noqa: F401 - imports the contracts of all services
from shared.contracts.codec import from_plain, to_plain
from shared.contracts.declare import EVENTS, current, field_names
from shared.contracts.schema import check

SAMPLES = Path(__file__).parent / "recorded"
OLDER = [
    (name, version) for name, event in sorted(EVENTS.items()) for version in range(1, event.schema_version)
]


@pytest.mark.parametrize(("name", "version"), OLDER)
def test_each_older_version_of_an_event_has_a_sample_that_reads_as_the_current_one(
    name: str, version: int
) -> None:
    recorded = json.loads((SAMPLES / f"{name}.{version}.json").read_text())
    before = json.dumps(recorded)
    event = from_plain(EVENTS[name], current(name, version, recorded))
    check(event, to_plain(event))
    assert json.dumps(recorded) == before


@pytest.mark.parametrize(("name", "version"), OLDER)
def test_each_version_of_an_event_keeps_what_the_older_ones_have(name: str, version: int) -> None:
    """So the release before can read it, however far an update is, or when it is withdrawn."""
    older = json.loads((SAMPLES / f"{name}.{version}.json").read_text())
    assert older.keys() <= set(field_names(EVENTS[name]))
