"""Bounds how many requests are worked on at once, whatever many connections there are."""

import threading
from collections.abc import Iterable
from typing import Any

from werkzeug.wsgi import ClosingIterator

from services.gateway.api import changes


class Turns:
    """A WSGI application whose requests wait for their turn, `most` at once.

    Who only listens to changes has nothing to do most of the time, and takes none.
    """

    def __init__(self, app: Any, most: int) -> None:
        self._app = app
        self._free = threading.Semaphore(most)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # The server itself knows where a body without a length ends.
        environ["wsgi.input_terminated"] = True
        if environ.get("PATH_INFO") == changes.PATH:
            answer: Iterable[bytes] = self._app(environ, start_response)
            return answer
        self._free.acquire()
        try:
            answer = self._app(environ, start_response)
        except BaseException:
            self._free.release()
            raise
        return ClosingIterator(answer, [self._free.release])
