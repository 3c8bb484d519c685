"""One log line a request: which page, for which kind of account, with which result, in what time."""

import time

import structlog
from flask import Flask, Response, g, request

from services.gateway import session

_log = structlog.get_logger(__name__)
SILENT = ("static", "health.healthz", "health.readyz", "watching.exposition")


def register(app: Flask) -> None:
    """Log every request by its endpoint; addresses may hold secrets and stay out."""

    @app.before_request
    def begin() -> None:
        g.started_at = time.monotonic()
        structlog.contextvars.bind_contextvars(correlation_id=str(session.correlation_id()))

    @app.after_request
    def end(response: Response) -> Response:
        if request.endpoint not in SILENT:
            _log.info(
                "request",
                method=request.method,
                endpoint=request.endpoint,
                status=response.status_code,
                kind=session.kind(),
                milliseconds=round((time.monotonic() - g.get("started_at", time.monotonic())) * 1000),
            )
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.unbind_contextvars("correlation_id")
