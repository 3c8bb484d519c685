"""Places for work with files, of which only so much is done at once in a process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shared.contracts.errors import Unavailable


def share_of(workers: int) -> int:
    """How many places a kind of work has.

    Two kinds, one with half as many again that wait, always leave a quarter of the workers to other calls.
    """
    return max(1, workers * 3 // 10)


class Places:
    """As many work at a time as there are places; `waiting` more wait for one, `patience` seconds at most."""

    def __init__(self, number: int, *, waiting: int, patience: float) -> None:
        self._admitted = threading.BoundedSemaphore(number + waiting)
        self._free = threading.BoundedSemaphore(number)
        self._patience = patience

    @contextmanager
    def one(self) -> Iterator[None]:
        """Have a place for the block. Raises Unavailable."""
        with _taken(self._admitted, timeout=None), _taken(self._free, timeout=self._patience):
            yield


@contextmanager
def _taken(places: threading.BoundedSemaphore, *, timeout: float | None) -> Iterator[None]:
    if not places.acquire(blocking=timeout is not None, timeout=timeout):
        raise Unavailable("Many files are being looked at just now; send yours again in a moment.")
    try:
        yield
    finally:
        places.release()
