"""The gateway as a process of its own, and whoever listens to its changes over a socket."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.support.stack import ROOT, Stack
from tests.support.waiting import wait_until

SECRET = "a secret of at least thirty-two characters"
HOST = "127.0.0.1"
# The machine may have other things to do.
PATIENCE_S = 60


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def status(port: int, path: str) -> int | None:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=10) as answer:
            code: int = answer.status
            return code
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@contextmanager
def gateway_process(
    portal: Stack, secret_file: Path, port: int, **bounds: int
) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway, which may not be ready yet, with other bounds of the server; it is killed in the end."""
    environment = {
        "PORT": str(port),
        "AMQP_URI": portal.amqp_uri,
        "PORTAL_FILES": portal.files_url,
        "PORTAL_GATEWAY_SECRET_FILE": str(secret_file),
    }
    changed = "".join(f"server.{name} = {value}; " for name, value in bounds.items())
    program = ["-c", f"from services.gateway import server; {changed}server.main()"]
    process = subprocess.Popen(
        [sys.executable, *(program if bounds else ["-m", "services.gateway.server"])],
        cwd=ROOT,
        env=os.environ | environment,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def running_gateway(
    portal: Stack, secret_file: Path, port: int, **bounds: int
) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway that answers."""
    with gateway_process(portal, secret_file, port, **bounds) as process:
        wait_until(lambda: status(port, "/readyz") == 200, what="the gateway answers", timeout=PATIENCE_S)
        yield process


@dataclass
class Heard:
    """A server-sent event."""

    name: str = ""
    id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Stream:
    """A client of /api/v1/changes; lines are read as they come."""

    def __init__(self, port: int, token: str, query: str = "", **headers: str) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=PATIENCE_S)
        lines = [f"GET /api/v1/changes{query} HTTP/1.1", f"Host: {HOST}", f"Authorization: Bearer {token}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers = dict(self._header_lines())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def next(self) -> Heard:
        """The next event; raises EOFError at the stream's end."""
        heard = Heard()
        while line := self._line():
            name, _, value = line.partition(": ")
            match name:
                case "event":
                    heard.name = value
                case "id":
                    heard.id = value
                case "data":
                    heard.data = json.loads(value)
        return heard if heard.name else self.next()

    def until(self, name: str, **expected: Any) -> Heard:
        """The next event of a name whose data say all this, or whose section is named."""
        while True:
            heard = self.next()
            if heard.name == name and heard.data | expected == heard.data:
                return heard

    def until_section(self, section: str) -> Heard:
        while True:
            heard = self.next()
            if heard.name == "changed" and section in (heard.data["sections"] or ()):
                return heard

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _line(self) -> str:
        """Without the frames of the chunks, each of which is one event or comment."""
        while True:
            line = self._file.readline()
            if not line:
                raise EOFError
            text = line.decode().rstrip("\r\n")
            if not line.endswith(b"\r\n"):
                return text
            if text == "0":
                raise EOFError

    def _header_lines(self) -> Iterator[tuple[str, str]]:
        while line := self._file.readline().decode().strip():
            name, _, value = line.partition(": ")
            yield name.lower(), value
