"""The gateway as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.gateway.serving import free_port, gateway_process, status
from tests.support.stack import ROOT, Stack, wait_until


@pytest.fixture
def server(portal: Stack, secret_file: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    with gateway_process(portal, secret_file, port) as process:
        yield process, port


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


def test_the_server_refuses_to_start_without_a_file_store(portal: Stack, secret_file: Path) -> None:
    environment = {"AMQP_URI": portal.amqp_uri, "PORTAL_GATEWAY_SECRET_FILE": str(secret_file)}
    result = subprocess.run(
        [sys.executable, "-m", "services.gateway.server"],
        cwd=ROOT,
        env=os.environ | environment | {"PORTAL_FILES": ""},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert b"PORTAL_FILES" in result.stderr
    assert b"Traceback" not in result.stderr
