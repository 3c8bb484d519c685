"""The entrypoint `@subscribe`: reacts to an event, once in effect, however often it is delivered."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any
from uuid import UUID

import structlog
from nameko.extensions import Entrypoint, register_entrypoint
from psycopg.errors import QueryCanceled
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.contracts.declare import Event
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.eventlog import reading
from shared.eventlog.log import Origin, VersionConflict
from shared.eventlog.missed import Missed
from shared.eventlog.passing import PASSING, why
from shared.eventlog.recorded import Recorded
from shared.eventlog.scope import Scope
from shared.eventlog.tables import inbox
from shared.eventlog.unit import Unit, unit_of_work
from shared.identity.master_keys import MasterKeyMissing
from shared.messaging.cloudevents import Malformed, Received, received
from shared.messaging.event_queue import EventQueue, Passing
from shared.messaging.failures import RETRY_AFTER_S
from shared.messaging.process import Process
from shared.monitoring import metrics
from shared.observability import about, in_short
from shared.tracing import spans
from shared.tracing.spans import Kind, Span

CONFLICT_ATTEMPTS = 4
LOOK_EVERY_S = 60.0
# What fails each time would otherwise be tried, and logged, each time that is looked.
LOOKS_BETWEEN_ATTEMPTS = 60
Handler = Callable[..., None]
_log = structlog.get_logger(__name__)


class Subscription(Entrypoint):  # type: ignore[misc]
    """Handles the events of one type, one after the other.

    A message only says which event to handle. The event itself comes from the log, so that nobody who may
    publish can make something happen out of nothing, or other than it was.

    What the handler decides, what it writes to the service's tables, and the row in the inbox that says that
    this event was handled commit together; so a delivery that comes again finds the row and does nothing.
    A failure is tried again with growing delay and at last parked in the queue's dead-letter queue.

    A queue can be deleted, unbound, or forgotten by the broker with all that it held. So in the pauses of its
    work the subscription looks into the log for events that were published a minute ago and that it has not
    handled, and handles them.
    """

    process = Process()

    def __init__(
        self, event_type: type[Event], handler: Handler, retry_after: Sequence[float], look_every: float
    ) -> None:
        super().__init__()
        self.event_type, self.handler, self.retry_after = event_type, handler, retry_after
        self.look_every = look_every
        self._next_look = 0.0
        self._failed: dict[UUID, int] = {}

    def setup(self) -> None:
        service = self.container.service_name
        if self.event_type.type not in SUBSCRIPTIONS.get(service, ()):
            raise LookupError(
                f"{service} subscribes to {self.event_type.type}; say so in shared/contracts/subscriptions.py"
            )
        self.queue = EventQueue(
            self.process.config,
            name=queue_name(service, self.event_type.type),
            event_type=self.event_type,
            handle=self._handle,
            retry_after=self.retry_after,
            in_a_pause=self._look_for_missed,
        )
        self._missed = Missed(self.process.engine, self.queue.name, self.event_type.type)
        self._unhandled = metrics.events_unhandled.labels(self.queue.name)
        self.process.monitoring.ready_if(self.queue.name, self.queue.obstacle)

    def start(self) -> None:
        self.container.spawn_managed_thread(self.queue.run, identifier=self.queue.name)

    def stop(self) -> None:
        self.queue.stop()

    def _handle(self, headers: dict[str, Any], body: bytes) -> None:
        """Handle one delivery; raises Malformed, or whatever the handler raises."""
        message = received(headers, body)
        if message.type != self.event_type.type:
            raise Malformed(f"an event of type {message.type} is in the queue {self.queue.name}")
        self._in_spite_of_conflicts(message)

    def _look_for_missed(self) -> None:
        """Handle what was missed, once a minute at most; never raises."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + self.look_every
        try:
            missed = self._missed.look()
        except PASSING as error:
            _log.warning("missed_not_looked_for", queue=self.queue.name, error=why(error))
            return
        still_missed = {recorded.event_id for recorded in missed}
        self._failed = {
            event_id: looks for event_id, looks in self._failed.items() if event_id in still_missed
        }
        made_up_for = self._make_up_for_all(missed)
        self._unhandled.set(len(missed) - made_up_for)
        if made_up_for:
            _log.warning("events_made_up_for", queue=self.queue.name, count=made_up_for)

    def _make_up_for_all(self, missed: Iterable[Recorded]) -> int:
        """How many were handled, up to where something passing ended this round; the next look goes on."""
        made_up_for = 0
        try:
            for recorded in missed:
                if self.queue.stopping:
                    break
                made_up_for += self._make_up_for(recorded)
        except Passing as error:
            _log.warning("event_waits", queue=self.queue.name, error=str(error))
        return made_up_for

    def _make_up_for(self, recorded: Recorded) -> bool:
        """Whether the event was handled; raises Passing, which is no failure of the event."""
        looks = self._failed.get(recorded.event_id, 0)
        try:
            if looks % LOOKS_BETWEEN_ATTEMPTS == 0:
                self._in_spite_of_conflicts(Received.of(recorded))
                return True
        except Passing:
            raise
        except Exception as error:
            event_id, reason = str(recorded.event_id), in_short(error)
            _log.error("event_missed", queue=self.queue.name, event_id=event_id, error=reason)
        self._failed[recorded.event_id] = looks + 1
        return False

    def _in_spite_of_conflicts(self, message: Received) -> None:
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                with about(message.correlation_id, causation_id=message.event_id), self._span(message):
                    self._once(message)
                return
            except VersionConflict:
                if attempt == CONFLICT_ATTEMPTS:
                    raise
            except (OperationalError, PoolTimeout) as error:
                if isinstance(error.__cause__, QueryCanceled):
                    raise
                raise Passing(type(error).__name__) from error
            except MasterKeyMissing as error:
                raise Passing(str(error)) from error

    def _span(self, message: Received) -> AbstractContextManager[Span]:
        return spans.span(
            f"process {message.type}",
            Kind.CONSUMER,
            message.correlation_id,
            {"messaging.destination.name": self.queue.name},
            parent=spans.of_event(message.event_id),
        )

    def _once(self, message: Received) -> None:
        with unit_of_work(self.process.engine, Scope(message.provider_id)) as unit:
            if not _first_time(unit.connection, self.queue.name, message.event_id):
                _log.info("event_already_handled", queue=self.queue.name)
                return
            event = _in_the_log(unit.connection, message)
            self.handler(self._service(unit), event.event, event)
            actor = {"kind": "service", "id": self.container.service_name}
            position = unit.append(Origin(event.correlation_id, event.event_id, actor))
            unit.close()
        _log.info("event_handled", queue=self.queue.name)
        if position:
            self.process.doorbell.ring(position.partition)

    def _service(self, unit: Unit) -> Any:
        """The service with what it depends on; that is the process's, and asks for no worker of nameko's."""
        service = self.container.service_cls()
        for dependency in self.container.dependencies:
            setattr(service, dependency.attr_name, dependency.get_dependency(None))
        service.log = unit
        return service


def subscribe(
    event_type: type[Event],
    *,
    retry_after: Sequence[float] = RETRY_AFTER_S,
    look_every: float = LOOK_EVERY_S,
) -> Callable[[Handler], Handler]:
    """Make a method `(self, event, received)` the handler of an event type.

    What fails is tried again after each of the delays, in seconds, and then parked. `look_every` is how many
    seconds lie between two looks for what was missed.
    """

    def register(handler: Handler) -> Handler:
        @wraps(handler)
        def handle(*arguments: Any) -> None:
            handler(*arguments)

        register_entrypoint(handle, Subscription(event_type, handler, retry_after, look_every))
        return handle

    return register


def _first_time(connection: Connection, subscription: str, event_id: UUID) -> bool:
    row = insert(inbox).values(subscription=subscription, event_id=event_id).on_conflict_do_nothing()
    return connection.execute(row.returning(inbox.c.event_id)).one_or_none() is not None


def _in_the_log(connection: Connection, message: Received) -> Received:
    """The event that the message is about; raises Malformed when the log has none such.

    The relay publishes only what is committed, so a true event is always there. A message may leave the
    company out, since not every event has one.
    """
    recorded = reading.find_in(connection, message.event_id)
    if recorded is None:
        raise Malformed("the log holds no event with this id")
    event = Received.of(recorded)
    if (event.type, event.provider_id) != (message.type, message.provider_id):
        raise Malformed("the log holds this event with another type or provider")
    if message.company_id not in (None, event.company_id):
        raise Malformed("the log holds this event with another company")
    return event
