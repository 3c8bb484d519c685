"""Bounds how many files are looked at at once, so that other calls are not kept waiting for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nameko.containers import WorkerContext
from nameko.extensions import DependencyProvider

from shared.contracts.errors import Unavailable
from shared.messaging.process import Process

# A file in the store next door is looked at within milliseconds; one that takes longer holds up who waits.
PATIENCE_S = 1.0


class Places:
    """As many may look at a file at a time as there are places; half as many again wait for one, briefly."""

    def __init__(self, number: int, patience: float = PATIENCE_S) -> None:
        self._admitted = threading.BoundedSemaphore(number + number // 2)
        self._free = threading.BoundedSemaphore(number)
        self._patience = patience

    @contextmanager
    def one(self) -> Iterator[None]:
        """Have a place for the block. Raises Unavailable."""
        with taken(self._admitted, timeout=None), taken(self._free, timeout=self._patience):
            yield


@contextmanager
def taken(places: threading.BoundedSemaphore, *, timeout: float | None) -> Iterator[None]:
    """Have one of the places for the block, waiting for it up to `timeout` seconds. Raises Unavailable."""
    if not places.acquire(blocking=timeout is not None, timeout=timeout):
        raise Unavailable("Many files are being looked at just now; send yours again in a moment.")
    try:
        yield
    finally:
        places.release()


class Looking(DependencyProvider):  # type: ignore[misc]
    """Injects the places of the process, which always leave a quarter of its workers to others."""

    process = Process()

    def setup(self) -> None:
        self._places = Places(max(1, self.process.config.max_workers // 2))

    def get_dependency(self, worker_ctx: WorkerContext) -> Places:  # noqa: ARG002
        return self._places
