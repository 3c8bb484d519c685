"""A unit of work: the streams that a command loads, what it decides, and one commit for all of it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select

from shared.contracts.declare import Event
from shared.contracts.errors import NotFound
from shared.contracts.position import Position
from shared.contracts.stream import StreamType
from shared.eventlog import log
from shared.eventlog.log import New, Origin
from shared.eventlog.recorded import Recorded
from shared.eventlog.scope import Scope
from shared.failpoints import reach

State = TypeVar("State")
Decision = Event | Iterable[Event] | None


class Stream(Generic[State]):
    """A loaded stream: its state, and what has been decided on it in this unit."""

    def __init__(
        self,
        kind: StreamType[State],
        stream_id: UUID,
        *,
        provider_id: UUID,
        company_id: UUID | None,
        history: Iterable[Recorded] = (),
    ) -> None:
        self.kind, self.id = kind, stream_id
        self.provider_id, self.company_id = provider_id, company_id
        self.history = list(history)
        self.new: list[Event] = []
        self._state = kind.fold(recorded.event for recorded in self.history)

    @property
    def state(self) -> State:
        """What the events so far amount to; raises NotFound when that is nothing."""
        if self._state is None:
            raise NotFound(self.kind.name)
        return self._state

    @property
    def state_or_none(self) -> State | None:
        """The same, or None: a removed site, say, has events, but is none any more."""
        return self._state

    def decide(self, decision: Callable[..., Decision], **arguments: Any) -> None:
        """Call `decision(state, **arguments)` and take over the events that it returns."""
        self._take(decision(self.state, **arguments))

    def create(self, decision: Callable[..., Decision], **arguments: Any) -> None:
        """Call `decision(**arguments)` for a stream that has no state yet."""
        self._take(decision(**arguments))

    def _take(self, decided: Decision) -> None:
        events = [decided] if isinstance(decided, Event) else list(decided or ())
        self.new += events
        self._state = self.kind.fold(events, self._state)

    def appends(self) -> Iterator[New]:
        for version, event in enumerate(self.new, start=len(self.history) + 1):
            yield New(self.kind.name, self.id, version, self.provider_id, self.company_id, event)


class Unit:
    """What one command does. Nothing is written before `commit`, and then all of it or nothing.

    Only streams that `scope` admits can be reached; those of others raise NotFound, as if they
    did not exist.
    """

    def __init__(self, engine: Engine, scope: Scope) -> None:
        self.scope, self.engine = scope, engine
        self._taken: Connection | None = None
        self._streams: list[Stream[Any]] = []

    def stream(self, kind: StreamType[State], stream_id: UUID) -> Stream[State]:
        """Load a stream; raises NotFound."""
        history = log.load(self._connection, stream_id, kind.name)
        if not history or not self.scope.admits(history[0].provider_id, history[0].company_id):
            raise NotFound(kind.name)
        first = history[0]
        return self._keep(
            Stream(
                kind, stream_id, provider_id=first.provider_id, company_id=first.company_id, history=history
            )
        )

    def find(self, kind: StreamType[State], stream_id: UUID) -> Stream[State] | None:
        """Load a stream, or None."""
        try:
            return self.stream(kind, stream_id)
        except NotFound:
            return None

    def new(
        self, kind: StreamType[State], stream_id: UUID, *, provider_id: UUID, company_id: UUID | None = None
    ) -> Stream[State]:
        """Begin a stream; the commit raises Conflict when it exists already."""
        return self._keep(Stream(kind, stream_id, provider_id=provider_id, company_id=company_id))

    def hold(self, what: str, *, shared: bool = False) -> None:
        """Wait until nobody else holds `what`, and hold it until the commit; shared holders admit each other.

        For a rule over several streams, such as "no request at a removed site": whoever decides by it holds
        the same name, before loading what it looks at.
        """
        lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        self.connection.execute(select(lock(func.hashtextextended(what, 0))))

    def states(
        self, kind: StreamType[State], stream_ids: Iterable[UUID], *, scope: Scope | None = None
    ) -> list[tuple[State, list[Recorded]]]:
        """The states and histories of several streams, in the order asked for; others' are left out.

        `scope` replaces the unit's own, for what a caller may see but does not own, such as a customer its
        provider's name.
        """
        ids, scope = list(stream_ids), scope or self.scope
        histories = log.load_many(self._connection, ids, kind.name)
        folded = (
            (kind.fold(recorded.event for recorded in history), history)
            for history in (histories.get(stream_id, []) for stream_id in ids)
            if history and scope.admits(history[0].provider_id, history[0].company_id)
        )
        return [(state, history) for state, history in folded if state is not None]

    @property
    def connection(self) -> Connection:
        """The connection for a service's own tables; what it does there commits with the events."""
        return self._begun()

    @property
    def snapshot(self) -> Connection:
        """The connection for queries that must all see the same moment."""
        return self._begun(isolation_level="REPEATABLE READ")

    def _begun(self, **options: Any) -> Connection:
        if not self._connection.in_transaction():
            self._connection.execution_options(**options).begin()
        return self._connection

    @property
    def _connection(self) -> Connection:
        """Taken from the pool at its first use, so that what needs no database waits for none."""
        if self._taken is None:
            self._taken = self.engine.connect()
        return self._taken

    @property
    def pending(self) -> list[New]:
        """The events decided on and not yet committed."""
        return [new for stream in self._streams for new in stream.appends()]

    def commit(self, origin: Origin) -> Position | None:
        """Append what was decided and commit; returns the last position, or None without events.

        Raises VersionConflict.
        """
        position = self.append(origin)
        self.close()
        return position

    def append(self, origin: Origin) -> Position | None:
        """Append what was decided, without committing an open transaction yet."""
        pending = self.pending
        if not pending:
            return None
        reach("unit.before_append")
        position = log.append(self._connection, origin, pending)
        reach("unit.after_append")
        return position

    def close(self) -> None:
        """Commit the open transaction, if there is one."""
        if self._taken is not None:
            reach("unit.before_commit")
            self._taken.commit()
            reach("unit.after_commit")

    def release(self) -> None:
        """Give the connection back; what was not committed is undone."""
        if self._taken is not None:
            self._taken.close()

    def head(self) -> Position | None:
        """The newest position among the streams loaded, for a command that changed nothing."""
        seen = [stream.history[-1].at for stream in self._streams if stream.history]
        return max(seen, default=None)

    def _keep(self, stream: Stream[State]) -> Stream[State]:
        self._streams.append(stream)
        return stream


@contextmanager
def unit_of_work(engine: Engine, scope: Scope) -> Iterator[Unit]:
    """A unit on a connection of its own; leaving without a commit leaves no trace."""
    unit = Unit(engine, scope)
    try:
        yield unit
    finally:
        unit.release()
