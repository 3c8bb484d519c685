"""Of an order's appointments it is told what happened to them, one after the other."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.appointment_steps import appointment_steps
from shared.contracts.codec import to_plain
from shared.contracts.declare import Event
from shared.contracts.orders import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentRescheduled,
    AppointmentScheduled,
    OrderCompleted,
    OrderStatus,
)
from shared.eventlog.recorded import Recorded
from tests.unit.contracts.declarations import ALL_EVENTS, instances

ORDER, FIRST, SECOND = (UUID(int=number) for number in range(1, 4))
EIGHT, TEN, NOON = (datetime(2027, 1, 12, hour, tzinfo=UTC) for hour in (8, 10, 12))
BEGUN = datetime(2026, 11, 30, tzinfo=UTC)


def history(*events: Event) -> list[Recorded]:
    """These events, recorded a minute apart."""
    return [
        Recorded(
            partition=0,
            position=number,
            event_id=uuid4(),
            stream_type="order",
            stream_id=ORDER,
            version=number,
            type=event.type,
            schema_version=event.schema_version,
            provider_id=ORDER,
            company_id=ORDER,
            payload=to_plain(event),
            correlation_id=ORDER,
            causation_id=ORDER,
            actor={"kind": "staff"},
            command_id=None,
            recorded_at=BEGUN + timedelta(minutes=number),
        )
        for number, event in enumerate(events)
    ]


def scheduled(appointment_id: UUID = FIRST) -> AppointmentScheduled:
    times = {"starts_at": EIGHT, "ends_at": TEN}
    return AppointmentScheduled(
        appointment_id=appointment_id, order_id=ORDER, site_id=ORDER, technician="Sepp Brandl", **times
    )


def changed(starts_at: datetime, ends_at: datetime, **who: object) -> AppointmentRescheduled:
    return AppointmentRescheduled(
        appointment_id=FIRST, order_id=ORDER, starts_at=starts_at, ends_at=ends_at, **who
    )


def test_each_step_has_its_time_and_tells_how_the_appointment_stood_then():
    steps = appointment_steps(
        history(
            scheduled(),
            changed(TEN, NOON),
            changed(TEN, NOON, reassigned=True, technician="Ayşe Demir"),
            AppointmentCompleted(appointment_id=FIRST, order_id=ORDER),
            OrderCompleted(order_id=ORDER),
        )
    )
    assert [(each.step, each.starts_at, each.technician) for each in steps] == [
        ("scheduled", EIGHT, "Sepp Brandl"),
        ("moved", TEN, "Sepp Brandl"),
        ("reassigned", TEN, "Ayşe Demir"),
        ("completed", TEN, "Ayşe Demir"),
    ]
    assert [each.at for each in steps] == [BEGUN + timedelta(minutes=number) for number in range(4)]


def test_appointments_do_not_get_into_each_others_way():
    cancelled = AppointmentCancelled(
        appointment_id=FIRST, order_id=ORDER, order_status=OrderStatus.SCHEDULED, reason="Krank."
    )
    steps = appointment_steps(history(scheduled(), scheduled(SECOND), changed(TEN, NOON), cancelled))
    assert [(each.appointment_id, each.step, each.starts_at) for each in steps] == [
        (FIRST, "scheduled", EIGHT),
        (SECOND, "scheduled", EIGHT),
        (FIRST, "moved", TEN),
        (FIRST, "cancelled", TEN),
    ]


@for_all(st.lists(st.sampled_from(ALL_EVENTS).flatmap(instances), max_size=6))
def test_any_history_has_steps(events):
    appointment_steps(history(*events))
