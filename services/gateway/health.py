"""Whether the gateway runs, and whether it can do its work."""

from flask import Blueprint, Response

from services.gateway import session
from shared.contracts.errors import PortalError
from shared.messaging.client import RpcClient

ALIVE, READY = "/healthz", "/readyz"
READY_WITHIN_S = 2.0
pages = Blueprint("health", __name__)


@pages.get(ALIVE)
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@pages.get(READY)
def readyz() -> Response:
    """The services answer over the broker: without them no page can be shown."""
    if code := obstacle(session.client()):
        return Response(f"not ready: {code}\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


def obstacle(client: RpcClient) -> str | None:
    """A check: the code of the error that calls end with just now."""
    try:
        client.call("invitation", "keys", timeout=READY_WITHIN_S)
    except PortalError as error:
        return error.code
    return None
