"""Reads requests from connections, of those who send fast enough and say clearly where a request ends."""

import io
import time
from email.errors import (
    MultipartInvariantViolationDefect,
    NoBoundaryInMultipartDefect,
    StartBoundaryNotFoundDefect,
)
from http import HTTPStatus
from typing import Any

from eventlet import Timeout, wsgi

# A slow mobile network has several times as much.
LEAST_BYTES_PER_S = 4_000
# What a parser of mails, which is given the headers alone, says of every form with a file.
_OF_THE_BODY = (StartBoundaryNotFoundDefect, MultipartInvariantViolationDefect, NoBoundaryInMultipartDefect)


class Patient(io.RawIOBase):
    """What comes in over a connection.

    Its sender may keep others waiting for `patience` seconds in all, and gets back, up to that, the time
    that what has come in would take at LEAST_BYTES_PER_S. Whoever is slower for long gets a TimeoutError.
    """

    def __init__(self, connection: Any, patience: float) -> None:
        self._connection, self._patience = connection, patience
        self.start_over()

    def start_over(self) -> None:
        self._left = self._patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        began = time.monotonic()
        try:
            with Timeout(max(0.0, self._left), TimeoutError()):
                received: int = self._connection.recv_into(buffer)
        finally:
            self._left -= time.monotonic() - began
        self._left = min(self._left + received / LEAST_BYTES_PER_S, self._patience)
        return received


class Protocol(wsgi.HttpProtocol):  # type: ignore[misc]
    """HTTP as the server speaks it, with patience for the request line, the headers, and each body."""

    rfile: io.BufferedReader

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._reading = Patient(self.connection, self.server.socket_timeout)
        self.rfile = io.BufferedReader(self._reading)

    def handle_one_request(self) -> None:
        self._reading.start_over()
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Refuse what a proxy may read in another way, and so take for two requests instead of one."""
        self._reading.start_over()
        if not super().parse_request():
            return False
        lengths = self.headers.get_all("Content-Length", [])
        defects = [each for each in self.headers.defects if not isinstance(each, _OF_THE_BODY)]
        if defects or len(lengths) > 1 or not all(map(_is_number, lengths)):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return False
        return True

    def version_string(self) -> str:
        """What the server calls itself where it refuses by itself: not what it is made of."""
        return "portal"

    def log_message(self, *_told: object) -> None:
        """Nothing: a request line may hold the secret of an invitation."""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
