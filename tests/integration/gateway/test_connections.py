"""Whoever sends slowly, or not clearly, is let go and holds up nobody else."""

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.gateway.api.given import LARGEST_BODY_BYTES
from services.gateway.app import LARGEST_FORM_BYTES
from tests.integration.gateway.serving import HOST, PATIENCE_S, free_port, running_gateway, status
from tests.support.stack import Stack

FORM = b"POST /sign-in HTTP/1.1\r\nHost: portal\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SESSION = b"POST /api/v1/session HTTP/1.1\r\nHost: portal\r\nContent-Type: application/json\r\n"
CHUNKED = FORM + b"Transfer-Encoding: chunked\r\n\r\n7\r\nemail=a\r\n"
LONG = 600
STEP_S = 0.1


def connect(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=PATIENCE_S)
    connection.sendall(sent)
    return connection


def of_length(*lines: bytes) -> bytes:
    return FORM + b"\r\n".join(lines) + b"\r\n\r\n"


def answer_to_a_trickle(connection: socket.socket, byte: bytes) -> bytes:
    """Send a byte now and then, until there is an answer; that, up to the end of the connection."""
    for _ in range(LONG):
        if select.select([connection], [], [], STEP_S)[0]:
            break
        connection.sendall(byte)
    else:
        pytest.fail("whoever sends now and then is waited for without end")
    with connection, connection.makefile("rb") as answer:
        return answer.read()


@pytest.fixture(scope="module")
def patient(portal: Stack, secret_file: Path) -> Iterator[int]:
    """The port of a gateway that works on two requests at once and waits as long for a body as any does."""
    port = free_port()
    with running_gateway(portal, secret_file, port, MOST_AT_ONCE=2, MOST_OF_ONE=1):
        yield port


@pytest.fixture(scope="module")
def hasty(portal: Stack, secret_file: Path) -> Iterator[int]:
    """The port of a gateway that waits a second."""
    port = free_port()
    with running_gateway(portal, secret_file, port, IDLE_S=1):
        yield port


@pytest.mark.parametrize("begun", [of_length(b"Content-Length: 1000") + b"email=a", CHUNKED])
def test_who_sends_slowly_holds_up_nobody_else(patient: int, begun: bytes) -> None:
    with ExitStack() as slow:
        for _ in range(5):
            slow.enter_context(connect(patient, begun))
        assert [status(patient, path) for path in ("/healthz", "/readyz", "/metrics", "/sign-in")] == [
            200
        ] * 4


@pytest.mark.parametrize(
    ("begun", "byte"),
    [(of_length(b"Content-Length: 1000") + b"email=a", b"a"), (CHUNKED, b"1\r\na\r\n")],
)
def test_a_body_that_comes_in_too_slowly_is_refused_and_ends_the_connection(
    hasty: int, begun: bytes, byte: bytes
) -> None:
    answer = answer_to_a_trickle(connect(hasty, begun), byte)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert "Das hat zu lange gedauert" in answer.decode()


def test_a_program_whose_body_comes_in_too_slowly_gets_a_problem(hasty: int) -> None:
    answer = answer_to_a_trickle(connect(hasty, SESSION + b"Content-Length: 1000\r\n\r\n{"), b" ")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    told = json.loads(body)
    assert (told["code"], told["title"]) == ("malformed_request", "The body came in too slowly")


def test_headers_that_come_in_too_slowly_end_the_connection(hasty: int) -> None:
    assert answer_to_a_trickle(connect(hasty, b"GET /healthz HTTP/1.1\r\nX: "), b"a") == b""


def test_a_body_that_nobody_reads_is_not_waited_for_longer(hasty: int) -> None:
    begun = b"GET /healthz HTTP/1.1\r\nHost: portal\r\nContent-Length: 1000\r\n\r\n"
    connection = connect(hasty, begun)
    assert connection.recv(12) == b"HTTP/1.1 200"
    assert select.select([connection], [], [], PATIENCE_S)[0]
    with connection, connection.makefile("rb") as answer:
        assert answer.read().endswith(b"ok\n")


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Length: 2", b"Content-Length: 3"),
        (b"Content-Length: +2",),
        (b"Content-Length: 1_0",),
        (b"Content-Length : 5",),
        (b"Content-Length: 2", b"Transfer-Encoding: chunked"),
    ],
)
def test_a_request_whose_end_is_not_clear_is_refused(patient: int, lines: tuple[bytes, ...]) -> None:
    with connect(patient, of_length(*lines) + b"email") as connection, connection.makefile("rb") as answer:
        assert b" 400 " in answer.readline()
        assert b"Python" not in answer.read()


@pytest.mark.parametrize(
    ("head", "body", "most"),
    [(FORM, b"email=a", LARGEST_FORM_BYTES), (SESSION, b'{"email": "a"}', LARGEST_BODY_BYTES)],
    ids=["form", "json"],
)
def test_a_body_that_does_not_say_its_length_is_refused_when_it_is_too_long(
    patient: int, head: bytes, body: bytes, most: int
) -> None:
    def answer(size: int) -> bytes:
        chunk = body.ljust(size)
        sent = b"%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (head, size, chunk)
        with connect(patient, sent) as connection, connection.makefile("rb") as told:
            return told.readline()

    assert b" 413 " in answer(most + 1)
    assert b" 413 " not in answer(most)


def test_a_form_with_a_file_is_taken(patient: int) -> None:
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n--b--\r\n'
    head = (
        b"POST /api/v1/attachments HTTP/1.1\r\nHost: portal\r\nContent-Type: multipart/form-data; boundary=b"
    )
    length = b"Content-Length: %d" % len(file)
    with connect(patient, b"\r\n".join((head, length, b"", file))) as connection:
        assert connection.recv(12) == b"HTTP/1.1 401"
