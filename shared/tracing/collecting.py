"""Whether this process's spans are collected, from its start to its end."""

from collections.abc import Callable
from functools import partial

import structlog

from shared.config import Traces
from shared.tracing import spans

# What is left is not worth more of the time that a process has for its end.
LAST_SPANS_S = 3.0
_log = structlog.get_logger(__name__)


def start(traces: Traces | None, *, process: str) -> Callable[[], None]:
    """Send spans to the collector that the settings name; the answer is what ends that.

    Without a collector OpenTelemetry's SDK is not even loaded.
    """
    if traces is None:
        return _nothing
    from shared.tracing.recorder import OtlpRecorder

    recorder = OtlpRecorder(traces, process=process)
    spans.record_with(recorder)
    _log.info("traces_collected", endpoint=traces.endpoint, share=traces.share)
    return partial(recorder.stop, LAST_SPANS_S)


def _nothing() -> None:
    """There is nothing to end."""
