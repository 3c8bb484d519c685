"""Serves a process's /metrics, /healthz and /readyz on a port of their own, to Prometheus and supervisors."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST

from shared.monitoring.monitoring import Monitoring

TEXT = "text/plain; charset=utf-8"
IDLE_S = 10
_log = structlog.get_logger(__name__)


def serve(monitoring: Monitoring, *, host: str, port: int) -> None:
    """Answer in the background as long as the process lives; with port 0 not at all.

    In a monkey-patched process the threads are greenlets, so that an answer means that the loop turns. A
    port that can't be had is logged and keeps nobody from working.
    """
    if not port:
        return
    try:
        server = _Server((host, port), _handler(monitoring))
    except OSError as error:
        _log.error("monitoring_not_served", host=host, port=port, reason=error.strerror)
        return
    threading.Thread(target=server.serve_forever, name="monitoring", daemon=True).start()
    _log.info("monitoring_served", host=host, port=port)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A watcher that went away is nothing to talk of."""


def _handler(monitoring: Monitoring) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = IDLE_S

        def do_GET(self) -> None:
            match self.path.partition("?")[0]:
                case "/metrics":
                    self._send(200, CONTENT_TYPE_LATEST, monitoring.exposition())
                case "/healthz":
                    self._send_state(monitoring.ailments())
                case "/readyz":
                    self._send_state(monitoring.obstacles())
                case _:
                    self._send(404, TEXT, b"/metrics, /healthz, /readyz\n")

        def _send_state(self, problems: list[str]) -> None:
            text = "\n".join(problems) or "ok"
            self._send(503 if problems else 200, TEXT, f"{text}\n".encode())

        def _send(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Watchers come every few seconds."""

    return Handler
