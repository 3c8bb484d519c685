"""What the customer's pages have in common: who may open them, and how they read the customer's view."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import session
from shared.contracts.errors import Unauthenticated, ValidationFailed
from shared.contracts.position import Position
from shared.contracts.values import CallerKind


def only_for_customers() -> ResponseReturnValue | None:
    match session.kind():
        case None:
            raise Unauthenticated()
        case CallerKind.STAFF:
            return redirect(url_for("back_office.requests.all_requests"))
    return None


def read(method: str, **arguments: Any) -> dict[str, Any]:
    """What `portal_read` says, at least as new as the address asks; a position of nobody's counts as none."""
    try:
        answer: dict[str, Any] = session.call("portal_read", method, at_least=at_least(), **arguments)
    except ValidationFailed as error:
        if "at_least" not in error.fields:
            raise
        answer = session.call("portal_read", method, **arguments)
    return answer


def at_least() -> str | None:
    """The position in the address; nonsense counts as none."""
    try:
        return str(Position.parse(request.args.get("at_least", "")))
    except ValueError:
        return None
