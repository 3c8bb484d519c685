"""An event is declared once, says whose its personal fields are, and old versions are brought up to date."""

import dataclasses
from uuid import UUID

import pytest

from shared.contracts.declare import EVENTS, Event, current, event, field_names, upcast
from shared.eventlog.recorded import Recorded, UnknownEvent
from tests.unit.contracts.declarations import ALL_EVENTS, recorded


@pytest.fixture(autouse=True)
def declarations_of_a_test_end_with_it():
    events = EVENTS.copy()
    yield
    EVENTS.clear()
    EVENTS.update(events)


@pytest.mark.parametrize("declared", ALL_EVENTS)
def test_the_owner_of_a_personal_field_is_named_by_the_event_or_its_envelope(declared):
    subjects = {*field_names(declared), "company_id", "provider_id"}
    assert set(declared.personal.values()) <= subjects


@pytest.mark.parametrize("declared", ALL_EVENTS)
def test_the_owner_of_a_personal_field_is_an_id(declared):
    hints = {field.name: field.type for field in dataclasses.fields(declared)}
    assert {hints.get(subject, UUID) for subject in declared.personal.values()} <= {UUID, "UUID"}


@pytest.mark.parametrize("declared", ALL_EVENTS)
def test_an_event_belongs_to_the_service_whose_module_declares_it(declared):
    assert declared.__module__ == f"shared.contracts.{declared.service}"


def test_an_event_type_is_declared_once():
    with pytest.raises(TypeError, match="company_registered is declared twice"):
        event("company_registered")(type("Again", (Event,), {}))


def test_an_event_can_not_be_changed(third_version):
    filled = third_version(cubic_metres=2.5, filled_by="Jörg")
    with pytest.raises(dataclasses.FrozenInstanceError):
        filled.cubic_metres = 3.0


@pytest.fixture
def third_version() -> type[Event]:
    """A type in its third version: litres became cubic metres, then somebody was named."""

    @event("tank_filled", version=3)
    class TankFilled(Event):
        cubic_metres: float
        filled_by: str

    upcast("tank_filled", version=1)(lambda old: {"cubic_metres": old["litres"] / 1_000})
    upcast("tank_filled", version=2)(lambda old: old | {"filled_by": "unknown"})
    return TankFilled


def test_an_old_payload_is_brought_up_one_step_at_a_time(third_version):
    assert current("tank_filled", 1, {"litres": 2_500}) == {"cubic_metres": 2.5, "filled_by": "unknown"}
    assert current("tank_filled", 2, {"cubic_metres": 2.5}) == {"cubic_metres": 2.5, "filled_by": "unknown"}


def test_a_payload_of_the_current_version_is_taken_as_it_is(third_version):
    payload = {"cubic_metres": 2.5, "filled_by": "Jörg"}
    assert current("tank_filled", 3, payload) is payload


def test_a_recorded_event_is_read_in_its_current_version(third_version):
    old = recorded("tank_filled", {"litres": 2_500}, schema_version=1)
    assert old.event == third_version(cubic_metres=2.5, filled_by="unknown")


def test_what_was_recorded_is_left_as_it_was_by_the_upcasters(third_version):
    old = recorded("tank_filled", {"litres": 2_500}, schema_version=1)
    assert old.event is not None
    assert (old.schema_version, old.payload) == (1, {"litres": 2_500})


def test_what_a_newer_version_added_is_left_alone(third_version):
    newer = {"cubic_metres": 2.5, "filled_by": "Jörg", "of_the_future": 7}
    assert recorded("tank_filled", newer, schema_version=4).event == third_version(
        cubic_metres=2.5, filled_by="Jörg"
    )


def unreadable(case: str) -> Recorded:
    return {
        "newer version without what this one needs": recorded("tank_filled", {}, schema_version=4),
        "version without a step": recorded("tank_filled", {}, schema_version=0),
        "unknown type": recorded("tank_emptied", {}),
    }[case]


@pytest.mark.parametrize(
    "case", ["newer version without what this one needs", "version without a step", "unknown type"]
)
def test_an_event_that_this_code_can_not_read_is_an_unknown_event(third_version, case):
    with pytest.raises(UnknownEvent, match="at 3:7"):
        assert unreadable(case).event
