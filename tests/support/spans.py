"""A collector of spans, as processes of the portal send them: OTLP over HTTP, on the loopback interface."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Span:
    """A span that has arrived."""

    process: str
    name: str
    kind: str
    trace_id: UUID
    id: int
    parent: int
    failed: bool
    attributes: dict[str, Any] = field(default_factory=dict)


class Collector:
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.bytes = b""
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))

    @property
    def settings(self) -> dict[str, str]:
        """What a process needs in its environment to send spans here, and soon."""
        url = f"http://{LOOPBACK}:{self._server.server_port}"
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "200"}

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="collector", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes) -> None:
        self.bytes += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            process = _plain(resource.resource.attributes)["service.name"]
            self.spans += [_span(process, sent) for scope in resource.scope_spans for sent in scope.spans]

    def trace(self, *names: str) -> list[Span]:
        """The spans of a trace in which each of the names occurs, or none."""
        spans = list(self.spans)
        for trace_id in {span.trace_id for span in spans}:
            trace = [span for span in spans if span.trace_id == trace_id]
            if {span.name for span in trace} >= set(names):
                return trace
        return []


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    collector.start()
    try:
        yield collector
    finally:
        collector.stop()


def _handler(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """What it gets is looked at by the tests."""

    return Handler


def _span(process: str, sent: Sent) -> Span:
    return Span(
        process=process,
        name=sent.name,
        kind=Sent.SpanKind.Name(sent.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=UUID(bytes=sent.trace_id),
        id=int.from_bytes(sent.span_id),
        parent=int.from_bytes(sent.parent_span_id),
        failed=sent.status.code == sent.status.STATUS_CODE_ERROR,
        attributes=_plain(sent.attributes),
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
