"""Structured logs: one JSON object a line, ids instead of personal data."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import structlog

MOST_IDS = 20
_CORRELATION = "correlation_id"
_ROW = re.compile(r"\n(DETAIL|CONTEXT): [^\n]*")


def configure_logging(log_format: str, *, level: int = logging.INFO, **context: Any) -> None:
    """Log to standard error as `json` or, for people, as `console`; `context` stands on every line."""

    def with_context(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        # Bound to the context of this thread, it would be missing in all other threads and greenlets.
        return {**context, **event}

    shared: list[Any] = [
        with_context,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_values,
    ]
    rendered: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if log_format == "console"
        else structlog.processors.JSONRenderer(sort_keys=True)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=rendered, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("amqp", "pika", "kombu", "nameko", "alembic", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def about(correlation_id: UUID, **ids: UUID) -> AbstractContextManager[None]:
    """Have all that this thread logs, and calls, in the block carry these ids."""
    texts = {name: str(value) for name, value in ids.items()}
    return structlog.contextvars.bound_contextvars(**{_CORRELATION: str(correlation_id)}, **texts)


def correlation_id() -> UUID:
    """The id that ties together what this thread is doing; a new one where it does nothing for anybody."""
    bound = structlog.contextvars.get_contextvars().get(_CORRELATION)
    return UUID(bound) if bound else uuid4()


def some(ids: Iterable[object]) -> list[str]:
    """The first twenty different ids, for a line about many things."""
    return list(islice(dict.fromkeys(map(str, ids)), MOST_IDS))


def in_short(error: Exception) -> str:
    """An error's class and the line that raised it, which tell more than its text, and nothing personal."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {frame.filename.rpartition('/')[2]}:{frame.lineno}"


def _without_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out of a traceback what PostgreSQL says of the row at fault: that may be personal."""
    if "exception" in event:
        event["exception"] = _ROW.sub("", event["exception"])
    return event
