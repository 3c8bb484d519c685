"""Sends spans by OTLP over HTTP, with OpenTelemetry's SDK; imported only where somebody collects them."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from shared.config import Traces
from shared.tracing.spans import HALF, Attributes, Event, Kind, Span, of_event

NAME = "mfr-portal"
# W3C asks that so many bits of a trace's id be random; of a UUID of version 4 they are.
RANDOM_BITS = 56
_SAMPLED, _NOT_SAMPLED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)


class OtlpRecorder:
    """Sends in the background; what a collector that is away doesn't take is dropped.

    Whether a trace is recorded follows from its id alone, so that all processes with the same share have the
    same traces, each of them whole.
    """

    def __init__(self, traces: Traces, *, process: str) -> None:
        self._share = traces.share
        self._ids = _Ids()
        resource = Resource.create({"service.namespace": NAME, "service.name": process})
        self._provider = TracerProvider(
            resource=resource, sampler=ALWAYS_ON, id_generator=self._ids, shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(endpoint=traces.endpoint)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(NAME)

    def stop(self, timeout: float) -> None:
        """Send what is left, as far as that goes in `timeout` seconds."""
        ending = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(timeout)

    @contextmanager
    def span(
        self, name: str, kind: Kind, correlation_id: UUID, parent: int | None, attributes: Attributes
    ) -> Iterator[Span]:
        """A span around the block; an error that leaves it is named by its class, never by its text."""
        started = self._start(name, kind, correlation_id, parent, attributes)
        token = contexts.attach(trace.set_span_in_context(started))
        seen = _Seen(started)
        try:
            yield seen
        except BaseException as error:
            seen.fail(type(error).__name__)
            raise
        finally:
            contexts.detach(token)
            started.end()

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
    ) -> None:
        """A span of what is done already."""
        self._start(name, kind, correlation_id, parent, attributes, began=began, span_id=span_id).end()

    def traceparent(self, correlation_id: UUID) -> str | None:
        current = trace.get_current_span().get_span_context()
        return _header(current) if current.trace_id == correlation_id.int else None

    def event_traceparent(self, event: Event) -> str:
        flags = _SAMPLED if is_recorded(event.correlation_id, self._share) else _NOT_SAMPLED
        own = of_event(event.event_id)
        return _header(SpanContext(event.correlation_id.int, own, is_remote=False, trace_flags=flags))

    def _start(
        self,
        name: str,
        kind: Kind,
        correlation_id: UUID,
        parent: int | None,
        attributes: Attributes,
        *,
        began: int | None = None,
        span_id: int | None = None,
    ) -> trace.Span:
        if not is_recorded(correlation_id, self._share):
            return trace.INVALID_SPAN
        self._ids.lay_down(correlation_id.int, span_id)
        return self._tracer.start_span(
            name,
            context=_around(correlation_id, parent),
            kind=SpanKind[kind.name],
            attributes=dict(attributes),
            start_time=began,
        )


def is_recorded(correlation_id: UUID, share: float) -> bool:
    """Whether a trace is among the share that is recorded; one of nothing but zeroes is no trace."""
    return correlation_id.int > 0 and correlation_id.int % (1 << RANDOM_BITS) < share * (1 << RANDOM_BITS)


class _Ids(IdGenerator):
    """Gives the next span of this thread the ids that were laid down for it."""

    def __init__(self) -> None:
        self._next: ContextVar[tuple[int, int | None]] = ContextVar("next ids")

    def lay_down(self, trace_id: int, span_id: int | None) -> None:
        self._next.set((trace_id, span_id))

    def generate_trace_id(self) -> int:
        return self._next.get()[0]

    def generate_span_id(self) -> int:
        return self._next.get()[1] or random.randint(1, HALF)


class _Seen:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def tell(self, attributes: Attributes) -> None:
        self._span.set_attributes(dict(attributes))

    def fail(self, reason: str) -> None:
        self._span.set_attribute("error.type", reason)
        self._span.set_status(Status(StatusCode.ERROR))


def _around(correlation_id: UUID, parent: int | None) -> Context:
    """The given parent, or the span around this, if it is of the same trace, or none."""
    if parent is not None:
        named = SpanContext(correlation_id.int, parent, is_remote=True, trace_flags=_SAMPLED)
        return trace.set_span_in_context(NonRecordingSpan(named), Context())
    if trace.get_current_span().get_span_context().trace_id == correlation_id.int:
        return contexts.get_current()
    return Context()


def _header(span: SpanContext) -> str:
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
