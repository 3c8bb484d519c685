"""A span a request: which page, with which result; the address may hold secrets and stays out."""

from contextlib import ExitStack

from flask import Flask, Response, g, request

from services.gateway import session
from services.gateway.access_log import SILENT
from services.gateway.watching import METHODS
from shared.tracing import spans
from shared.tracing.spans import Kind

FAULT = 500
_SPAN, _ENDING = "span", "span_ending"


def register(app: Flask) -> None:
    """Have all that a request causes belong to its span, until its answer begins."""

    @app.before_request
    def begin() -> None:
        if request.endpoint in SILENT:
            return
        method = request.method if request.method in METHODS else "other"
        route = request.url_rule.rule if request.url_rule else "none"
        attributes = {"http.request.method": method, "http.route": route}
        ending = ExitStack()
        span = spans.span(f"{method} {route}", Kind.SERVER, session.correlation_id(), attributes)
        setattr(g, _SPAN, ending.enter_context(span))
        setattr(g, _ENDING, ending)

    @app.after_request
    def tell(response: Response) -> Response:
        if _SPAN in g:
            getattr(g, _SPAN).tell({"http.response.status_code": response.status_code})
            if response.status_code >= FAULT:
                getattr(g, _SPAN).fail(str(response.status_code))
            getattr(g, _ENDING).close()
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        """Where there was no answer; a second time it does nothing."""
        if _ENDING in g:
            getattr(g, _ENDING).close()
