"""Bounds how many files are looked at at once, so that other calls are not kept waiting for them."""

from nameko.containers import WorkerContext
from nameko.extensions import DependencyProvider

from services.documents.places import Places, share_of
from shared.messaging.process import Process

# A file in the store next door is looked at within milliseconds; one that takes longer holds up who waits.
PATIENCE_S = 1.0


class Looking(DependencyProvider):  # type: ignore[misc]
    """Injects the places of the process; half as many as may look at a file wait for it."""

    process = Process()

    def setup(self) -> None:
        places = share_of(self.process.config.max_workers)
        self._places = Places(places, waiting=places // 2, patience=PATIENCE_S)

    def get_dependency(self, worker_ctx: WorkerContext) -> Places:  # noqa: ARG002
        return self._places
