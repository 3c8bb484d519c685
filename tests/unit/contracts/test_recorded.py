"""What older versions of the portal recorded can be read: a sample of each version, as the log holds it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import shared.messaging.cloudevents  # noqa: F401 - imports the contracts of all services
from shared.contracts.codec import from_plain, to_plain
from shared.contracts.declare import EVENTS, Payload, current, field_names
from shared.contracts.schema import check

SAMPLES = Path(__file__).parent / "recorded"
# Version that an event has dropped a field in → the fields, as docs/upgrading.md says; samples keep them.
DROPPED: Mapping[tuple[str, int], set[str]] = {}
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
    assert lost(name, version, json.loads((SAMPLES / f"{name}.{version}.json").read_text())) == set()


def lost(
    name: str, version: int, sample: Payload, dropped: Mapping[tuple[str, int], set[str]] = DROPPED
) -> set[str]:
    """The fields of an older version that the current one has not, and that no version since has dropped."""
    later = range(version + 1, EVENTS[name].schema_version + 1)
    declared = set().union(*(dropped.get((name, each), set()) for each in later))
    return set(sample) - set(field_names(EVENTS[name])) - declared
