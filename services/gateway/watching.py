"""The gateway's metrics: counted by route, and shown to those who may watch."""

import time
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_address

from flask import Blueprint, Flask, Response, abort, g, request
from prometheus_client import CONTENT_TYPE_LATEST

from services.gateway import health
from shared.messaging.client import RpcClient
from shared.monitoring import metrics
from shared.monitoring.monitoring import Monitoring

Network = IPv4Network | IPv6Network
PATH = "/metrics"
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# Proxies add these; what came through one seems to come from the proxy's own machine.
PROXIED = ("Forwarded", "X-Forwarded-For", "Via")
_BEGAN = "watching_since"


def watched(client: RpcClient) -> Monitoring:
    """What a gateway that calls through `client` tells of itself."""
    monitoring = Monitoring()
    monitoring.ready_if("services", lambda: health.obstacle(client))
    return monitoring


def register(app: Flask, monitoring: Monitoring, allowed: Collection[Network]) -> None:
    """Count every request, and show `/metrics` to watchers who come straight from an allowed network."""
    pages = Blueprint("watching", __name__)

    @app.before_request
    def begin() -> None:
        setattr(g, _BEGAN, time.monotonic())

    @app.after_request
    def count(response: Response) -> Response:
        method = request.method if request.method in METHODS else "other"
        # Never the path: it may hold a secret, and every id would be a series of its own.
        route = request.url_rule.rule if request.url_rule else "none"
        metrics.http_requests.labels(method, route, str(response.status_code)).inc()
        if _BEGAN in g:
            metrics.http_duration.labels(method, route).observe(time.monotonic() - getattr(g, _BEGAN))
        return response

    @pages.get(PATH)
    def exposition() -> Response:
        """To all others it is a page that does not exist."""
        if not _may_watch(allowed):
            abort(404)
        return Response(monitoring.exposition(), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(pages)


def _may_watch(allowed: Collection[Network]) -> bool:
    if any(name in request.headers for name in PROXIED):
        return False
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return any(address in network for network in allowed)
