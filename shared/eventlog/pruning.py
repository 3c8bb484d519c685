"""Forgets what is kept for a while only: the answers of commands, there for whoever repeats one."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

KEPT_DAYS = 7
BATCH = 1_000
PAUSE_S = 1.0
EVERY_S = 3_600.0

_FORGET = text(
    """
    DELETE FROM eventlog.commands
     WHERE ctid = ANY (ARRAY(
               SELECT ctid
                 FROM eventlog.commands
                WHERE recorded_at < now() - make_interval(days => :days)
             ORDER BY recorded_at
                LIMIT :batch
                  FOR UPDATE SKIP LOCKED))
    """
)
_log = structlog.get_logger(__name__)


def forget_commands(engine: Engine) -> int:
    """Remove the oldest commands that are older than a week, a batch of them at most; returns how many.

    Two at once take different ones.
    """
    with engine.begin() as connection:
        return connection.execute(_FORGET, {"days": KEPT_DAYS, "batch": BATCH}).rowcount


class Pruning:
    """Prunes every hour, batch by batch with a pause after each, while the task is `ours`."""

    def __init__(self, engine: Engine, ours: Callable[[], bool], *, pause: float = PAUSE_S) -> None:
        self._engine, self._ours, self._pause = engine, ours, pause

    def run(self, stopping: threading.Event) -> None:
        """Work until `stopping` is set; outlives failures of the database."""
        delay = 0.0
        while not stopping.wait(delay):
            delay = EVERY_S if self._is_done() else self._pause

    def _is_done(self) -> bool:
        if not self._ours():
            return False
        try:
            forgotten = forget_commands(self._engine)
        except SQLAlchemyError as error:
            _log.warning("pruning_interrupted", reason=type(error).__name__)
            return False
        if forgotten:
            _log.info("commands_forgotten", count=forgotten)
        return forgotten < BATCH
