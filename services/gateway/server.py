"""Serves the gateway: `python -m services.gateway.server`."""

import eventlet

eventlet.monkey_patch()

import logging  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402

import structlog  # noqa: E402
from eventlet import wsgi  # noqa: E402
from eventlet.event import Event  # noqa: E402
from flask import Flask  # noqa: E402

from services.gateway import security, turns, watching  # noqa: E402
from services.gateway.app import create_app  # noqa: E402
from services.gateway.changes import Changes  # noqa: E402
from services.gateway.connections import Protocol  # noqa: E402
from services.gateway.settings import Settings  # noqa: E402
from shared.config import ConfigurationError  # noqa: E402
from shared.files.store import FileStore  # noqa: E402
from shared.messaging.client import RpcClient  # noqa: E402
from shared.monitoring import server as monitoring_server  # noqa: E402
from shared.observability import configure_logging  # noqa: E402
from shared.signals import on_stop  # noqa: E402
from shared.tracing import collecting  # noqa: E402

# Connections cost little, be they a browser's that rests or an open page's that listens; what is done over
# them has its own bounds.
MOST_CONNECTIONS = 4_000
MOST_AT_ONCE = 200
# Of one address, which may be that of a whole company.
MOST_OF_ONE = 50
# How long a connection may rest, and keep us waiting in the midst of a request.
IDLE_S = 30
_log = structlog.get_logger(__name__)


def main() -> int:
    """Serve until SIGTERM or SIGINT, then finish the requests under way within PORTAL_DRAIN_TIMEOUT."""
    try:
        settings = Settings.from_environment()
        files = FileStore(settings.files)
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    configure_logging(settings.log_format, process="gateway")
    end_traces = collecting.start(settings.traces, process="gateway")
    stop = Event()
    on_stop(stop.send)
    allow_many_connections()
    client = RpcClient(settings.amqp_uri, name="gateway", timeout=settings.rpc_timeout)
    changes = Changes(settings.amqp_uri, name="gateway changes")
    app = create_app(
        client,
        changes=changes,
        files=files,
        secret_key=settings.secret,
        secure_cookies=settings.secure_cookies,
        mails=settings.mails,
        tiles=settings.tiles,
        watchers=settings.watchers,
        changes_per_minute=settings.changes_per_minute,
    )
    monitoring_server.serve(watching.watched(client), host=settings.metrics_host, port=settings.metrics_port)
    listener = eventlet.listen((settings.host, settings.port), reuse_port=False)
    serving = eventlet.spawn(serve, app, listener, proxies=settings.proxies)
    _log.info("started", host=settings.host, port=listener.getsockname()[1])
    stop.wait()
    changes.close()
    code = _drain(serving, listener, client, settings.drain_timeout)
    end_traces()
    return code


def serve(app: Flask, listener: Any, *, proxies: int = 0) -> None:
    """Answer what comes in on a listening socket, until the greenlet is killed.

    The server's own log stays off: it would hold addresses, and with them the secret of an invitation.
    """
    turns.register(app, most=MOST_AT_ONCE, of_one=MOST_OF_ONE)
    security.believe(app, proxies=proxies)
    quiet = logging.getLogger("eventlet.wsgi")
    quiet.setLevel(logging.WARNING)
    wsgi.server(
        listener,
        app,
        log=quiet,
        log_output=False,
        debug=False,
        max_size=MOST_CONNECTIONS,
        socket_timeout=IDLE_S,
        protocol=Protocol,
    )


def allow_many_connections() -> None:
    """Each connection is an open file, of which a process may have few unless it asks for more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _drain(serving: Any, listener: Any, client: RpcClient, timeout: float) -> int:
    """Take no more connections, and let the requests under way finish; what takes longer is cut off."""
    try:
        with eventlet.Timeout(timeout):
            serving.kill()
            listener.close()
            serving.wait()
    except eventlet.Timeout:
        _log.warning("stopped_before_drained", timeout=timeout)
        return 1
    except eventlet.greenlet.GreenletExit:
        pass
    client.close()
    _log.info("stopped")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Threads of libraries may still wait for something; nothing is left to be done for them.
    os._exit(code)
