"""Whether the gateway runs, and whether it can do its work."""

from flask import Blueprint, Response

from services.gateway.session import call_as_anyone
from shared.contracts.errors import PortalError

READY_WITHIN_S = 2.0
pages = Blueprint("health", __name__)


@pages.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/readyz")
def readyz() -> Response:
    """The services answer over the broker: without them no page can be shown."""
    try:
        call_as_anyone("invitation", "keys", timeout=READY_WITHIN_S)
    except PortalError as error:
        return Response(f"not ready: {error.code}\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")
