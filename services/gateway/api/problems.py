"""Refusals of the API: problem details (RFC 9457) that carry the code of the service's error."""

import re
from typing import Any

import orjson
import structlog
from flask import Response, request
from werkzeug.exceptions import HTTPException

from services.gateway import session, waiting
from shared.contracts import errors as contract
from shared.contracts.errors import PortalError, TooManyAttempts, ValidationFailed
from shared.files.store import FileTooLarge
from shared.messaging.call import COMMAND_ID_CHARACTERS

AREA = "/api/"
MEDIA_TYPE = "application/problem+json"
IDEMPOTENCY_KEY = "Idempotency-Key"
_KEY = re.compile(f"[!-~]{{1,{COMMAND_ID_CHARACTERS}}}")
# A broker or a service that starts anew is back within seconds.
RETRY_AFTER_S = 2
_log = structlog.get_logger(__name__)

# What is not listed is a fault of ours.
_STATUS: dict[type[PortalError], int] = {
    contract.MalformedRequest: 400,
    contract.Unauthenticated: 401,
    contract.Forbidden: 403,
    contract.NotFound: 404,
    contract.Conflict: 409,
    contract.InvalidTransition: 409,
    contract.PortalNotActive: 409,
    contract.NoMainContact: 409,
    contract.InvalidEmail: 409,
    contract.NotificationsDisabled: 409,
    contract.AlreadyActive: 409,
    FileTooLarge: 413,
    contract.ValidationFailed: 422,
    contract.TooManyAttempts: 429,
    contract.DeadlineExceeded: 503,
    contract.Unavailable: 503,
}
TITLES = {
    400: "The request can't be read",
    401: "Sign in first",
    403: "Not allowed for this account",
    404: "Not found",
    405: "This method is not offered here",
    408: "The body came in too slowly",
    409: "This does not fit how things stand now",
    413: "Too large",
    415: "This media type is not taken here",
    422: "Some values are missing or wrong",
    429: "Too many attempts",
    500: "A fault of ours",
    503: "Not available just now",
}
_CODES = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "malformed_request",
    413: "too_large",
    415: "unsupported_media_type",
}


def idempotency() -> dict[str, str]:
    """The argument that makes a command that is sent twice count once, where the request has a key for it.

    Raises ValidationFailed.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return {}
    if not _KEY.fullmatch(key):
        raise ValidationFailed(
            {IDEMPOTENCY_KEY: [f"Must have 1 to {COMMAND_ID_CHARACTERS} characters of ASCII, and no blanks."]}
        )
    return {"command_id": key}


def of(error: PortalError) -> Response:
    """The answer to what a service or the gateway refused."""
    status = _STATUS.get(type(error), 500)
    if status == 500:
        return of_fault(error)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, TooManyAttempts):
        headers = waiting.headers(error)
    elif status == 503:
        _log.warning("api_unavailable", endpoint=request.endpoint, code=error.code)
        headers["Retry-After"] = str(RETRY_AFTER_S)
    code = "too_large" if status == 413 else error.code
    return _problem(status, code, error.message, headers, **_more(error))


def of_http(error: HTTPException) -> Response:
    """The answer to what comes to no service: unknown addresses and methods, bodies too large."""
    status = error.code or 500
    if status == 500 or status < 400:
        return of_fault(error)
    named = status if status in _CODES else 400
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    detail = error.description or TITLES[named]
    if status == 413:
        detail = f"The body is longer than the {request.max_content_length} bytes that are taken here."
    return _problem(status, _CODES[named], detail, headers)


def of_fault(error: Exception) -> Response:
    """The answer to a fault of ours: a reference that leads to the log, and nothing else."""
    details = error.details if isinstance(error, PortalError) else {}
    reference = str(details.get("reference") or session.correlation_id())
    _log.error("api_failed", endpoint=request.endpoint, reference=reference, exc_info=error)
    told = contract.InternalError(reference)
    return _problem(500, told.code, told.message, {}, details=told.details)


def _more(error: PortalError) -> dict[str, Any]:
    if isinstance(error, ValidationFailed):
        return {"errors": error.fields}
    return {"details": error.details} if error.details else {}


def _problem(status: int, code: str, detail: str, headers: dict[str, str], **more: Any) -> Response:
    problem = {
        "type": f"urn:mfr-portal:problem:{code}",
        "title": TITLES.get(status, TITLES[400]),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return Response(orjson.dumps(problem | more), status, headers, mimetype=MEDIA_TYPE)
