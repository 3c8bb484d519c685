"""RPC and subscription of `orders`: an accepted request becomes an order; staff schedule and complete it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from uuid_utils.compat import uuid7

from services.orders import calendar, domain, queries
from services.orders.planning import check_window
from services.orders.tables import appointments, orders
from shared.contracts import orders as contract
from shared.contracts.errors import NotFound
from shared.contracts.orders import Age, OrderStatus
from shared.contracts.requests import RequestAccepted
from shared.eventlog.unit import Stream, Unit
from shared.identity.caller import Caller
from shared.identity.tokens import now
from shared.messaging.call import Call
from shared.messaging.cloudevents import Received
from shared.messaging.rpc import STAFF, command, query
from shared.messaging.subscription import subscribe


class OrdersService:
    """Staff see and plan their provider's orders; customers see theirs in `portal_read`."""

    name = "orders"

    log: Unit
    caller: Caller
    call: Call

    @subscribe(RequestAccepted)
    def create_order(self, event: RequestAccepted, received: Received) -> None:
        """Create the order of an accepted request, once, whatever is delivered again."""
        order_id = domain.order_id_for(event.request_id)
        stream = self.log.new(
            domain.ORDER, order_id, provider_id=received.provider_id, company_id=received.company_id
        )
        stream.create(domain.create, request=event)
        self.log.connection.execute(
            orders.insert().values(
                order_id=order_id,
                provider_id=received.provider_id,
                status=OrderStatus.CREATED,
                listed_as=received.event_id,
            )
        )

    @query(contract.ListOrders, allow=[STAFF])
    def orders(
        self, status: OrderStatus | None, request_id: UUID | None, first: Age, cursor: str | None
    ) -> contract.OrderPage:
        """The provider's orders, newest or oldest first. Raises NotFound for another's request."""
        return queries.page(
            self.log, self.caller.provider, status=status, request_id=request_id, first=first, cursor=cursor
        )

    @query(contract.OrderById, allow=[STAFF])
    def order(self, order_id: UUID) -> contract.OrderView:
        """One order with its appointments. Raises NotFound."""
        views = queries.views(self.log, [order_id])
        if not views:
            raise NotFound("order")
        return views[0]

    @query(contract.ListAppointments, allow=[STAFF])
    def appointments(
        self, since: datetime, until: datetime, technician: str | None, cursor: str | None
    ) -> contract.CalendarPage:
        """All appointments that touch a time, cancelled ones too, by their start. Raises ValidationFailed."""
        check_window(since, until)
        return queries.calendar_page(
            self.log,
            self.caller.provider,
            since=since,
            until=until,
            technician=technician,
            cursor=cursor,
        )

    @command(contract.ScheduleAppointment, allow=[STAFF])
    def schedule_appointment(
        self, order_id: UUID, starts_at: datetime, ends_at: datetime, technician: str | None
    ) -> contract.AppointmentScheduledResult:
        """Plan when the work is done, and by whom.

        Raises NotFound, InvalidTransition, ValidationFailed, Conflict when the technician is busy then.
        """
        appointment_id = uuid7()
        order = self.log.stream(domain.ORDER, order_id)
        plan = {"starts_at": starts_at, "ends_at": ends_at, "technician": technician, "now": now()}
        self._decide_appointment(order, domain.schedule, appointment_id, **plan)
        return contract.AppointmentScheduledResult(appointment_id=appointment_id)

    @command(contract.RescheduleAppointment, allow=[STAFF])
    def reschedule_appointment(self, appointment_id: UUID, **changes: Any) -> None:
        """Move an appointment, or give it to another technician.

        Raises NotFound, InvalidTransition, ValidationFailed, Conflict when the technician is busy then.
        """
        order = self._order_of(appointment_id)
        self._decide_appointment(order, domain.reschedule, appointment_id, **changes, now=now())

    @command(contract.CancelAppointment, allow=[STAFF])
    def cancel_appointment(self, appointment_id: UUID, reason: str) -> None:
        """Call an appointment off. Raises NotFound, InvalidTransition, Conflict."""
        self._decide_appointment(self._order_of(appointment_id), domain.cancel, appointment_id, reason=reason)

    @command(contract.AppointmentById, allow=[STAFF])
    def complete_appointment(self, appointment_id: UUID) -> None:
        """Say that an appointment took place. Raises NotFound, InvalidTransition, Conflict."""
        order = self._order_of(appointment_id)
        self._decide_appointment(order, domain.complete_appointment, appointment_id)

    @command(contract.OrderById, allow=[STAFF])
    def complete_order(self, order_id: UUID) -> None:
        """Say that all work is done. Raises NotFound, InvalidTransition, Conflict."""
        self._decide(self.log.stream(domain.ORDER, order_id), domain.complete)

    def _order_of(self, appointment_id: UUID) -> Stream[domain.Order]:
        order_id = self.log.connection.execute(
            select(appointments.c.order_id).where(appointments.c.appointment_id == appointment_id)
        ).scalar_one_or_none()
        order = self.log.find(domain.ORDER, order_id) if order_id else None
        if order is None:
            raise NotFound("appointment")
        return order

    def _decide_appointment(
        self,
        order: Stream[domain.Order],
        decision: Callable[..., Any],
        appointment_id: UUID,
        **details: Any,
    ) -> None:
        self._decide(order, decision, appointment_id=appointment_id, **details)
        calendar.enter(self.log, order, order.state.appointments[appointment_id])

    def _decide(self, order: Stream[domain.Order], decision: Callable[..., Any], **details: Any) -> None:
        order.decide(decision, **details)
        self.log.connection.execute(
            update(orders).where(orders.c.order_id == order.id).values(status=order.state.status)
        )
