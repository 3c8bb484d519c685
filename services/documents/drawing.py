"""Has files written anew one at a time, and no company take the turns of the others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nameko.containers import WorkerContext
from nameko.extensions import DependencyProvider

from services.documents.places import Places, share_of
from shared.contracts.errors import Unavailable
from shared.files.location import Owner
from shared.messaging.process import Process

# A telephone's photo takes half a second, and a few may come at the same moment.
PATIENCE_S = 5.0


class Turns:
    """Each takes a core, so there is one at a time; of an owner's files only one has its turn or waits."""

    def __init__(self, *, waiting: int, patience: float = PATIENCE_S) -> None:
        self._places = Places(1, waiting=waiting, patience=patience)
        self._owners: set[Owner] = set()
        self._changing = threading.Lock()

    @contextmanager
    def one(self, owner: Owner) -> Iterator[None]:
        """Have the turn for the block. Raises Unavailable."""
        with self._changing:
            if owner in self._owners:
                raise Unavailable("Another picture or film of yours is being taken in; send one at a time.")
            self._owners.add(owner)
        try:
            with self._places.one():
                yield
        finally:
            self._owners.remove(owner)


class Drawing(DependencyProvider):  # type: ignore[misc]
    """Injects the turns of the process."""

    process = Process()

    def setup(self) -> None:
        self._turns = Turns(waiting=share_of(self.process.config.max_workers) - 1)

    def get_dependency(self, worker_ctx: WorkerContext) -> Turns:  # noqa: ARG002
        return self._turns
