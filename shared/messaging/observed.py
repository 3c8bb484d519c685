"""Counts a call, times it, and writes its line into the log."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import structlog

from shared.contracts.errors import DeadlineExceeded, InternalError, Unavailable
from shared.messaging.call import Call
from shared.monitoring import metrics
from shared.observability import about
from shared.tracing import spans
from shared.tracing.spans import Kind, Span

# A refusal is the caller's affair, and no fault of the service.
FAULTS = frozenset({InternalError.code, Unavailable.code, DeadlineExceeded.code})
_log = structlog.get_logger(__name__)


@dataclass
class Answered:
    """How a call ended: `ok`, or the code of the error that its caller gets."""

    outcome: str = metrics.OK


@contextmanager
def observed(service: str, call: Call) -> Iterator[Answered]:
    """Watch a call; all that is logged meanwhile carries its ids.

    What the call leads to has the call's own id as its causation.
    """
    answered = Answered()
    began = time.monotonic()
    with about(call.correlation_id, call_id=call.id), _span(service, call) as span:
        yield answered
        span.tell({"portal.outcome": answered.outcome})
        if answered.outcome in FAULTS:
            span.fail(answered.outcome)
        seconds = time.monotonic() - began
        metrics.rpc_requests.labels(service, call.method, answered.outcome).inc()
        metrics.rpc_duration.labels(service, call.method).observe(seconds)
        _log.info(
            "rpc",
            service=service,
            method=call.method,
            outcome=answered.outcome,
            milliseconds=round(seconds * 1000, 1),
        )


def _span(service: str, call: Call) -> AbstractContextManager[Span]:
    attributes = {"rpc.system": "nameko", "rpc.service": service, "rpc.method": call.method}
    name = f"{service}/{call.method}"
    return spans.span(name, Kind.SERVER, call.correlation_id, attributes, parent=call.parent)
