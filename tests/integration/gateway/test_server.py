"""The gateway as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.stack import ROOT, Stack, wait_until

SECRET = "a secret of at least thirty-two characters"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    return file


@pytest.fixture
def server(portal: Stack, secret_file: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    environment = {
        "PORT": str(port),
        "AMQP_URI": portal.amqp_uri,
        "PORTAL_GATEWAY_SECRET_FILE": str(secret_file),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.gateway.server"], cwd=ROOT, env=os.environ | environment
    )
    yield process, port
    process.kill()
    process.wait()


def status(port: int, path: str) -> int | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            code: int = answer.status
            return code
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def test_the_server_answers_and_stops_in_time(server: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = server
    wait_until(lambda: status(port, "/healthz") == 200, what="the gateway answers")
    assert status(port, "/readyz") == 200
    assert status(port, "/sign-in") == 200
    with closing(socket.create_connection(("127.0.0.1", port))):
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert status(port, "/healthz") is None


def test_the_server_refuses_to_start_without_a_secret(portal: Stack) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "services.gateway.server"],
        cwd=ROOT,
        env=os.environ | {"AMQP_URI": portal.amqp_uri, "PORTAL_GATEWAY_SECRET": "short"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert b"PORTAL_GATEWAY_SECRET" in result.stderr
    assert b"Traceback" not in result.stderr
