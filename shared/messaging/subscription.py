"""The entrypoint `@subscribe`: reacts to an event, once in effect, however often it is delivered."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import structlog
from nameko.extensions import Entrypoint, register_entrypoint
from psycopg.errors import QueryCanceled
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.contracts.declare import Event
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.eventlog.log import Origin, VersionConflict
from shared.eventlog.scope import Scope
from shared.eventlog.tables import inbox
from shared.eventlog.unit import unit_of_work
from shared.messaging.cloudevents import Malformed, Received, received
from shared.messaging.event_queue import RETRY_AFTER_S, EventQueue, Passing
from shared.messaging.process import Process

CONFLICT_ATTEMPTS = 4
Handler = Callable[..., None]
_log = structlog.get_logger(__name__)


class Subscription(Entrypoint):  # type: ignore[misc]
    """Handles the events of one type, one after the other.

    What the handler decides, what it writes to the service's tables, and the row in the inbox that says that
    this event was handled commit together; so a delivery that comes again finds the row and does nothing.
    A failure is tried again with growing delay and at last parked in the queue's dead-letter queue.
    """

    process = Process()

    def __init__(self, event_type: type[Event], handler: Handler, retry_after: Sequence[float]) -> None:
        super().__init__()
        self.event_type, self.handler, self.retry_after = event_type, handler, retry_after

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
        )

    def start(self) -> None:
        self.container.spawn_managed_thread(self.queue.run, identifier=self.queue.name)

    def stop(self) -> None:
        self.queue.stop()

    def _handle(self, headers: dict[str, Any], body: bytes) -> None:
        """Handle one delivery; raises Malformed, or whatever the handler raises."""
        event = received(headers, body)
        if not isinstance(event.event, self.event_type):
            raise Malformed(f"an event of type {event.type} is in the queue {self.queue.name}")
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                self._once(event)
                return
            except VersionConflict:
                if attempt == CONFLICT_ATTEMPTS:
                    raise
            except (OperationalError, PoolTimeout) as error:
                if isinstance(error.__cause__, QueryCanceled):
                    raise
                raise Passing(type(error).__name__) from error

    def _once(self, event: Received) -> None:
        with unit_of_work(self.process.engine, Scope(event.provider_id)) as unit:
            if not _first_time(unit.connection, self.queue.name, event):
                _log.info("event_already_handled", queue=self.queue.name, event_id=str(event.event_id))
                return
            service = self.container.service_cls()
            service.log = unit
            self.handler(service, event.event, event)
            actor = {"kind": "service", "id": self.container.service_name}
            position = unit.append(Origin(event.correlation_id, event.event_id, actor))
            unit.close()
        if position:
            self.process.doorbell.ring(position.partition)


def subscribe(
    event_type: type[Event], *, retry_after: Sequence[float] = RETRY_AFTER_S
) -> Callable[[Handler], Handler]:
    """Make a method `(self, event, received)` the handler of an event type.

    What fails is tried again after each of the delays, in seconds, and then parked.
    """

    def register(handler: Handler) -> Handler:
        @wraps(handler)
        def handle(*arguments: Any) -> None:
            handler(*arguments)

        register_entrypoint(handle, Subscription(event_type, handler, retry_after))
        return handle

    return register


def _first_time(connection: Connection, subscription: str, event: Received) -> bool:
    row = insert(inbox).values(subscription=subscription, event_id=event.event_id).on_conflict_do_nothing()
    return connection.execute(row.returning(inbox.c.event_id)).one_or_none() is not None
