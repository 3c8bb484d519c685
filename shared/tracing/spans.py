"""The spans of what this process does for a request; as long as nobody collects them they cost a look.

A trace is what one correlation id ties together, and has that id as its own. An event's span has half of
the event's id for its own. So the log and the ledger of mails need not keep a trace: whatever an event leads
to, however much later, finds its place by what stands there anyway.

Attributes say what kind of thing was done: no id of a person or a company, no text that somebody wrote.
"""

import re
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import NamedTuple, Protocol
from uuid import UUID

HALF = (1 << 64) - 1
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
Attributes = Mapping[str, str | int]
_NONE: Attributes = {}


class Kind(Enum):
    """How a span stands to the one it belongs to, in OpenTelemetry's words."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Event(Protocol):
    """What is to be known of an event to find its span."""

    @property
    def event_id(self) -> UUID: ...

    @property
    def type(self) -> str: ...

    @property
    def correlation_id(self) -> UUID: ...


class EventKey(NamedTuple):
    """The same, of an event of which no more is at hand."""

    event_id: UUID
    type: str
    correlation_id: UUID


class Span(Protocol):
    """Something that is being done."""

    def tell(self, attributes: Attributes) -> None:
        """Say more of it."""

    def fail(self, reason: str) -> None:
        """Say that it failed, by an error's code or class."""


class Recorder(Protocol):
    """Takes spans to whoever collects them."""

    def span(
        self, name: str, kind: Kind, correlation_id: UUID, parent: int | None, attributes: Attributes
    ) -> AbstractContextManager[Span]: ...

    def add(
        self,
        name: str,
        kind: Kind,
        correlation_id: UUID,
        parent: int | None,
        attributes: Attributes,
        *,
        began: int,
        span_id: int | None = None,
    ) -> None: ...

    def traceparent(self, correlation_id: UUID) -> str | None: ...

    def event_traceparent(self, event: Event) -> str: ...


class _Unseen:
    def tell(self, attributes: Attributes) -> None:
        """Nobody listens."""

    def fail(self, reason: str) -> None:
        """Nobody listens."""


_recorder: Recorder | None = None
_unseen: AbstractContextManager[Span] = nullcontext(_Unseen())


def record_with(recorder: Recorder | None) -> None:
    """Give all spans of this process to a recorder from now on, or to nobody."""
    global _recorder
    _recorder = recorder


def clock() -> int:
    """Now, as spans have it: nanoseconds since 1970."""
    return time.time_ns()


def span(
    name: str, kind: Kind, correlation_id: UUID, attributes: Attributes = _NONE, *, parent: int | None = None
) -> AbstractContextManager[Span]:
    """What is done in the block. Without a `parent` it belongs to the span around it, if there is one."""
    if _recorder is None:
        return _unseen
    return _recorder.span(name, kind, correlation_id, parent, attributes)


def appended(events: Iterable[Event], *, began: int) -> None:
    """The spans of events themselves; each belongs to the span in which it was decided on."""
    if _recorder is None:
        return
    for event in events:
        name, own = f"append {event.type}", of_event(event.event_id)
        _recorder.add(name, Kind.PRODUCER, event.correlation_id, None, _NONE, began=began, span_id=own)


def passed(verb: str, kind: Kind, events: Iterable[Event], *, began: int) -> None:
    """The spans of what was done with each of some events, since `began`."""
    if _recorder is None:
        return
    for event in events:
        parent = of_event(event.event_id)
        _recorder.add(f"{verb} {event.type}", kind, event.correlation_id, parent, _NONE, began=began)


def of_event(event_id: UUID) -> int:
    """The id of an event's span: the half that is random, and never zero."""
    return event_id.int & HALF


def traceparent(correlation_id: UUID) -> str | None:
    """The span around this, as W3C's header names it, if it belongs to that trace."""
    return _recorder.traceparent(correlation_id) if _recorder else None


def event_traceparent(event: Event) -> str | None:
    """An event's span, as W3C's header names it."""
    return _recorder.event_traceparent(event) if _recorder else None


def parse(header: object) -> tuple[UUID, int] | None:
    """The trace, as a correlation id, and the span that W3C's `traceparent` names; None if it names none."""
    match = _TRACEPARENT.fullmatch(header) if isinstance(header, str) else None
    if match is None:
        return None
    trace_id, span_id = UUID(match[1]), int(match[2], 16)
    return (trace_id, span_id) if trace_id.int and span_id else None
