"""Removes files that nothing refers to: uploads that were never made an attachment or a document."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import eventlet
import structlog
from nameko.containers import WorkerContext
from nameko.extensions import DependencyProvider
from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError

from services.documents import references
from services.documents.tables import sweep as table
from shared.contracts.errors import NotFound, Unavailable
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from shared.files.store import FileStore
from shared.identity.tokens import now as current_time
from shared.messaging.process import Process, files_of

OLD_ENOUGH = timedelta(days=1)
ROUND_EVERY = timedelta(minutes=10)
ROUND_FILES = 10_000
BATCH = 500
LOOK_EVERY_S = 60.0
_log = structlog.get_logger(__name__)


def sweep(
    engine: Engine,
    files: FileStore,
    *,
    now: datetime,
    limit: int = ROUND_FILES,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Look at the next `limit` files and delete the orphans among them; returns how many those were.

    Does nothing when the last round, whichever process it was, began less than ten minutes ago. At the end
    of the store the next round begins anew. Raises Unavailable.
    """
    passed = _claim(engine, now)
    if passed is None:
        return 0
    deleted = looked = 0
    for batch in _batches(itertools.islice(files.locations(after=passed), limit)):
        for location in _unreferenced(engine, batch):
            if stopped():
                return deleted
            deleted += _delete_orphan(engine, files, location, now)
        looked += len(batch)
        _pass(engine, batch[-1])
    if looked < limit:
        _pass(engine, "")
    return deleted


class Sweeping(DependencyProvider):  # type: ignore[misc]
    """Sweeps beside the service's calls; of several processes one does each round."""

    process = Process()

    def setup(self) -> None:
        self._stop = threading.Event()

    def start(self) -> None:
        self._running = self.container.spawn_managed_thread(self._run)

    def stop(self) -> None:
        """Finish the file at hand."""
        self._stop.set()
        with eventlet.Timeout(self.process.config.drain_timeout, False):
            self._running.wait()

    def get_dependency(self, worker_ctx: WorkerContext) -> Any:  # noqa: ARG002
        return None

    def _run(self) -> None:
        engine, files = self.process.engine, files_of(self.process.config)
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                deleted = sweep(engine, files, now=current_time(), stopped=self._stop.is_set)
            except (SQLAlchemyError, Unavailable) as error:
                _log.warning("sweep_interrupted", error=type(error).__name__)
            else:
                if deleted:
                    _log.info("files_swept", deleted=deleted)


def _claim(engine: Engine, now: datetime) -> str | None:
    """Take the next round, and learn what the one before has passed; None when no round is due."""
    with engine.begin() as connection:
        claimed = connection.execute(
            update(table)
            .where(table.c.due_at <= now)
            .values(due_at=now + ROUND_EVERY)
            .returning(table.c.passed)
        ).scalar_one_or_none()
    return claimed


def _pass(engine: Engine, location: str) -> None:
    with engine.begin() as connection:
        connection.execute(update(table).values(passed=location))


def _unreferenced(engine: Engine, locations: list[str]) -> list[str]:
    with engine.connect() as connection:
        referenced = references.referenced(connection, locations)
    return [location for location in locations if location not in referenced]


def _delete_orphan(engine: Engine, files: FileStore, location: str, now: datetime) -> bool:
    """Delete a file that is still an orphan, and old, now that nobody can begin to refer to it."""
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        references.hold_to_delete(unit, location)
        try:
            is_old = now - files.modified(location) > OLD_ENOUGH
        except NotFound:
            return False
        if not is_old or references.referenced(unit.connection, [location]):
            return False
        files.delete(location)
    return True


def _batches(locations: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(locations)
    while batch := list(itertools.islice(iterator, BATCH)):
        yield batch
