"""An order is planned and done by its appointments, and its status says what they imply."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.orders import domain
from services.orders.domain import ORDER, cancel, complete, complete_appointment, reschedule, schedule
from shared.contracts.errors import InvalidTransition, NotFound, PortalError, ValidationFailed
from shared.contracts.orders import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentRescheduled,
    AppointmentScheduled,
    AppointmentStatus,
    OrderCompleted,
    OrderCreated,
    OrderStatus,
)
from shared.contracts.requests import RequestAccepted
from tests.support.given import given
from tests.unit.contracts.declarations import ALL_EVENTS, instances

REQUEST, CONTACT, SITE, DEVICE, FIRST, SECOND, UNKNOWN = (UUID(int=number) for number in range(1, 8))
ORDER_ID = domain.order_id_for(REQUEST)
EIGHT, TEN, NOON = (datetime(2027, 1, 12, hour, tzinfo=UTC) for hour in (8, 10, 12))
SUBJECT = {
    "request_id": REQUEST,
    "contact_id": CONTACT,
    "site_id": SITE,
    "title": "Heizung wird nicht warm",
    "description": "Seit gestern kalt.",
    "equipment_id": DEVICE,
}

created = OrderCreated(order_id=ORDER_ID, **SUBJECT)
completed = OrderCompleted(order_id=ORDER_ID)


def scheduled(appointment_id=FIRST, starts_at=EIGHT, ends_at=TEN) -> AppointmentScheduled:
    return AppointmentScheduled(
        appointment_id=appointment_id,
        order_id=ORDER_ID,
        site_id=SITE,
        starts_at=starts_at,
        ends_at=ends_at,
        technician="Sepp Brandl",
    )


def cancelled(appointment_id=FIRST, order_status=OrderStatus.CREATED) -> AppointmentCancelled:
    return AppointmentCancelled(
        appointment_id=appointment_id, order_id=ORDER_ID, order_status=order_status, reason="Krank."
    )


def done(appointment_id=FIRST) -> AppointmentCompleted:
    return AppointmentCompleted(appointment_id=appointment_id, order_id=ORDER_ID)


def planned(starts_at=EIGHT, ends_at=TEN, appointment_id=FIRST, now=EIGHT) -> dict[str, object]:
    return {"appointment_id": appointment_id, "starts_at": starts_at, "ends_at": ends_at, "now": now}


def test_an_order_takes_over_what_was_asked_for():
    given(ORDER).when(domain.create, request=RequestAccepted(**SUBJECT, note="Bis bald.")).then(created)


def test_a_request_has_one_order_however_often_its_acceptance_arrives():
    accepted = RequestAccepted(**SUBJECT)
    assert domain.create(accepted).order_id == domain.create(accepted).order_id == ORDER_ID
    assert domain.order_id_for(SITE) != ORDER_ID


def test_an_appointment_is_at_the_orders_site():
    given(ORDER, created).when(schedule, **planned(), technician="Sepp Brandl").then(scheduled())


@pytest.mark.parametrize("ends_at", [EIGHT, EIGHT - timedelta(minutes=1), EIGHT + timedelta(days=15)])
def test_an_appointment_ends_after_it_starts_and_within_two_weeks(ends_at):
    times = planned(ends_at=ends_at)
    for refused in (
        given(ORDER, created).when(schedule, **times, technician=None),
        given(ORDER, created, scheduled()).when(reschedule, **times),
    ):
        assert refused.then_refused(ValidationFailed).fields.keys() == {"ends_at"}


def test_an_appointment_can_be_moved():
    moved = AppointmentRescheduled(appointment_id=FIRST, order_id=ORDER_ID, starts_at=TEN, ends_at=NOON)
    given(ORDER, created, scheduled()).when(reschedule, **planned(TEN, NOON)).then(moved)


def test_no_appointment_is_planned_for_a_time_that_is_over_nor_moved_there():
    for refused in (
        given(ORDER, created).when(schedule, **planned(now=TEN), technician=None),
        given(ORDER, created, scheduled(FIRST, TEN, NOON)).when(reschedule, **planned(now=TEN)),
    ):
        assert refused.then_refused(ValidationFailed).fields.keys() == {"ends_at"}


def test_an_appointment_that_is_over_is_completed_and_can_be_put_right():
    order = given(ORDER, created, scheduled())
    order.when(complete_appointment, appointment_id=FIRST).then(done())
    order.when(reschedule, **planned(now=NOON)).then()
    order.when(reschedule, **planned(now=NOON), technician=None).then(
        AppointmentRescheduled(
            appointment_id=FIRST, order_id=ORDER_ID, starts_at=EIGHT, ends_at=TEN, reassigned=True
        )
    )


def test_moving_an_appointment_to_where_it_is_changes_nothing():
    given(ORDER, created, scheduled()).when(reschedule, **planned()).then()
    given(ORDER, created, scheduled()).when(reschedule, **planned(), technician="Sepp Brandl").then()


@pytest.mark.parametrize("technician", ["Ayşe Demir", None])
def test_an_appointment_can_be_given_to_another_technician_or_to_nobody(technician):
    times = {"starts_at": EIGHT, "ends_at": TEN}
    given_on = AppointmentRescheduled(
        appointment_id=FIRST, order_id=ORDER_ID, **times, reassigned=True, technician=technician
    )
    order = given(ORDER, created, scheduled())
    order.when(reschedule, **planned(), technician=technician).then(given_on)
    assert given(ORDER, created, scheduled(), given_on).state.appointments[FIRST].technician == technician
    given(ORDER, created, scheduled(), given_on).when(reschedule, **planned(), technician=technician).then()


def test_an_appointment_that_is_moved_keeps_its_technician():
    moved = AppointmentRescheduled(appointment_id=FIRST, order_id=ORDER_ID, starts_at=TEN, ends_at=NOON)
    appointment = given(ORDER, created, scheduled(), moved).state.appointments[FIRST]
    assert (appointment.starts_at, appointment.technician) == (TEN, "Sepp Brandl")


def test_cancelling_the_last_appointment_takes_the_order_back_to_be_planned():
    given(ORDER, created, scheduled()).when(cancel, appointment_id=FIRST, reason="Krank.").then(cancelled())


@pytest.mark.parametrize("other", [[scheduled(SECOND)], [scheduled(SECOND), done(SECOND)]])
def test_an_order_stays_scheduled_while_another_appointment_is_left(other):
    given(ORDER, created, scheduled(), *other).when(cancel, appointment_id=FIRST, reason="Krank.").then(
        cancelled(order_status=OrderStatus.SCHEDULED)
    )


def test_an_appointment_that_took_place_is_completed():
    given(ORDER, created, scheduled()).when(complete_appointment, appointment_id=FIRST).then(done())


@pytest.mark.parametrize(
    ("ended", "status"),
    [(cancelled(), AppointmentStatus.CANCELLED), (done(), AppointmentStatus.COMPLETED)],
)
@pytest.mark.parametrize(
    ("decision", "arguments"),
    [
        (reschedule, planned(TEN, NOON)),
        (cancel, {"appointment_id": FIRST, "reason": "Krank."}),
        (complete_appointment, {"appointment_id": FIRST}),
    ],
)
def test_an_appointment_that_is_over_stays_as_it_is(ended, status, decision, arguments):
    order = given(ORDER, created, scheduled(), ended)
    assert order.when(decision, **arguments).then_refused(InvalidTransition).details == {"status": status}
    missing = arguments | {"appointment_id": UNKNOWN}
    order.when(decision, **missing).then_refused(NotFound)


@pytest.mark.parametrize("appointments", [[], [scheduled(), done()], [scheduled(), cancelled()]])
def test_an_order_without_an_appointment_to_come_can_be_completed(appointments):
    given(ORDER, created, *appointments).when(complete).then(completed)


def test_an_order_is_not_completed_while_an_appointment_is_to_come():
    given(ORDER, created, scheduled()).when(complete).then_refused(InvalidTransition)


@pytest.mark.parametrize(
    ("decision", "arguments"),
    [
        (schedule, planned() | {"technician": None}),
        (reschedule, planned(TEN, NOON)),
        (cancel, {"appointment_id": FIRST, "reason": "Krank."}),
        (complete_appointment, {"appointment_id": FIRST}),
        (complete, {}),
    ],
)
def test_nothing_happens_to_a_completed_order(decision, arguments):
    refusal = given(ORDER, created, completed).when(decision, **arguments).then_refused(InvalidTransition)
    assert refusal.details == {"status": "completed"}


IDS = st.sampled_from([FIRST, SECOND, UNKNOWN])
ATTEMPTS = st.one_of(
    st.tuples(st.just(schedule), IDS.map(lambda key: planned(appointment_id=key) | {"technician": None})),
    st.tuples(st.just(reschedule), IDS.map(lambda key: planned(TEN, NOON, key))),
    st.tuples(st.just(cancel), IDS.map(lambda key: {"appointment_id": key, "reason": "Krank."})),
    st.tuples(st.just(complete_appointment), IDS.map(lambda key: {"appointment_id": key})),
    st.tuples(st.just(complete), st.just({})),
)


def implied(order: domain.Order, *, was_completed: bool) -> OrderStatus:
    if was_completed:
        return OrderStatus.COMPLETED
    alive = [one for one in order.appointments.values() if one.status is not AppointmentStatus.CANCELLED]
    return OrderStatus.SCHEDULED if alive else OrderStatus.CREATED


@for_all(st.lists(ATTEMPTS, max_size=15))
def test_whatever_is_tried_the_status_is_what_the_appointments_imply(attempts):
    order, history = ORDER.fold([created]), []
    for decision, arguments in attempts:
        try:
            decided = decision(order, **arguments)
        except PortalError:
            continue
        history += [decided] if decided else []
        order = ORDER.fold(history, ORDER.fold([created]))
        assert order.status is implied(order, was_completed=completed in history)
    assert completed not in history[:-1]


@for_all(st.lists(st.sampled_from(ALL_EVENTS).flatmap(instances), max_size=6))
def test_any_history_folds(history):
    ORDER.fold(history)
    ORDER.fold([created, *history])
