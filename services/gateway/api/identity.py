"""Who calls the API: a bearer token, or the browser's session with a CSRF token in a header."""

from flask import request
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from services.gateway import session
from services.gateway.security import SAFE
from shared.contracts.errors import Forbidden, Unauthenticated
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller

CSRF_HEADER = "X-CSRFToken"


def identify() -> None:
    """See to it that calls of this request are made in the caller's name; the services judge the token.

    Raises Unauthenticated, Forbidden.
    """
    if (given := request.headers.get("Authorization")) is not None:
        session.use(_bearer(given))
        return
    if session.kind() is None:
        raise Unauthenticated()
    if request.method not in SAFE:
        _check_csrf()


def confirmed(kind: CallerKind | None = None) -> Caller:
    """Who is calling, once a service has accepted the token. Raises Unauthenticated, Forbidden."""
    session.call("customers", "provider")
    caller = session.caller()
    if kind not in (None, caller.kind):
        raise Forbidden()
    return caller


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("The header must be: Authorization: Bearer <access token>.")
    return token.strip()


def _check_csrf() -> None:
    """Looks at the header alone: to look for a form's field would read a whole upload."""
    try:
        validate_csrf(request.headers.get(CSRF_HEADER))
    except ValidationError:
        raise Forbidden(
            f"The header {CSRF_HEADER} must hold the csrf_token that GET /api/v1/session gives."
        ) from None
