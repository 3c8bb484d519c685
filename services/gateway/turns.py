"""Bounds how many requests are worked on at once, whatever many connections there are."""

import io
import threading
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any
from weakref import WeakValueDictionary

from flask import Flask
from werkzeug.exceptions import BadRequest, HTTPException, RequestTimeout
from werkzeug.wsgi import ClosingIterator

from services.gateway import health, security, watching
from services.gateway.api import changes

# Who only listens to changes has nothing to do most of the time; who watches looks just when all are taken.
WITHOUT = frozenset({changes.PATH, health.ALIVE, health.READY, watching.PATH})
# Comes in before there is a turn: all of a form, but not of a file.
BEGINNING_BYTES = 64 * 1024


def register(app: Flask, *, most: int, of_one: int) -> None:
    """Let requests wait for their turn: `most` at once, and of one client `of_one`."""
    app.wsgi_app = Turns(app.wsgi_app, most, of_one)  # type: ignore[method-assign]


class Turns:
    """A WSGI application whose requests wait for their turn, first among those of the same client."""

    def __init__(self, app: Any, most: int, of_one: int) -> None:
        self._app = app
        self._of_one = of_one
        self._free = threading.Semaphore(most)
        # Forgotten as soon as no request of the client is left.
        self._free_of: WeakValueDictionary[str | None, threading.Semaphore] = WeakValueDictionary()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # The server itself knows where a body without a length ends.
        environ["wsgi.input_terminated"] = True
        with ExitStack() as turn:
            if environ.get("PATH_INFO") not in WITHOUT:
                environ["wsgi.input"] = _Body(environ["wsgi.input"])
                turn.enter_context(self._of(security.whereabouts(environ.get("REMOTE_ADDR"))))
                turn.enter_context(self._free)
            answer = self._app(environ, start_response)
            return ClosingIterator(answer, [turn.pop_all().close])

    def _of(self, client: str | None) -> threading.Semaphore:
        return self._free_of.setdefault(client, threading.Semaphore(self._of_one))


class _Body(io.RawIOBase):
    """What is sent with a request: its beginning is waited for here, the rest by who reads it.

    Whoever reads it gets RequestTimeout if it comes in too slowly, and BadRequest if it breaks off.
    """

    def __init__(self, source: Any) -> None:
        self._source = source
        self._broken: HTTPException | None = None
        try:
            self._beginning = io.BytesIO(self._received(BEGINNING_BYTES))
        except HTTPException as error:
            self._broken = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._broken:
            raise self._broken
        data = self._beginning.read(len(buffer)) or self._received(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _received(self, size: int) -> bytes:
        try:
            data: bytes = self._source.read(size)
        except TimeoutError:
            raise RequestTimeout() from None
        except (OSError, ValueError):
            raise BadRequest() from None
        return data
