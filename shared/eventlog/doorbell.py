"""Tells readers of the log that there is something new: NOTIFY, just after the commit."""

import threading
import time
from collections.abc import Iterator

import psycopg
import structlog
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from shared.database.engine import LINE
from shared.database.statement import rows

CHANNEL = "eventlog"
# Rings gather in the pause after each NOTIFY, which otherwise costs a busy writer as much as its appends.
PAUSE_S = 0.01
_NOTIFY = """
SELECT set_config('synchronous_commit', 'off', true), pg_notify(%(channel)s, p::text)
  FROM unnest(%(partitions)s::int[]) AS p
"""
_log = structlog.get_logger(__name__)


class Doorbell:
    """Rings for the partitions that were appended to, several appends at a time.

    A NOTIFY within the append would hold a lock that all databases' committers share, one at a time; here it
    has a transaction of its own that waits for nothing. Should the process die in between, the readers'
    poll finds the events a second later.
    """

    def __init__(self, engine: Engine, channel: str = CHANNEL) -> None:
        self._engine, self._channel = engine, channel
        self._partitions: set[int] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._started = False

    def ring(self, partition: int) -> None:
        """Say that `partition` has grown; returns at once."""
        with self._lock:
            self._partitions.add(partition)
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, name="doorbell", daemon=True).start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                partitions, self._partitions = self._partitions, set()
            try:
                self._notify(partitions)
            except SQLAlchemyError as error:
                _log.warning("doorbell_failed", error=type(error).__name__)
            time.sleep(PAUSE_S)

    def _notify(self, partitions: set[int]) -> None:
        # The setting holds to the end of this one statement's transaction.
        with self._engine.connect() as connection:
            rows(connection, _NOTIFY, {"channel": self._channel, "partitions": sorted(partitions)})


def listen(engine: Engine, *, timeout: float) -> Iterator[set[int]]:
    """Yield the partitions that have grown, or an empty set each `timeout` seconds without news.

    Raises psycopg.Error when the connection breaks.
    """
    for payloads in notifications(engine, CHANNEL, timeout=timeout):
        yield {int(payload) for payload in payloads}


def notifications(engine: Engine, channel: str, *, timeout: float) -> Iterator[list[str]]:
    """Yield what is notified on a channel, or nothing at first and each `timeout` seconds of silence.

    Holds a connection of its own, outside the pool. Raises psycopg.Error when it breaks.
    """
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"listen {channel}"
    with psycopg.connect(url, autocommit=True, application_name=name, **LINE) as connection:
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield []
        while True:
            yield [notice.payload for notice in connection.notifies(timeout=timeout, stop_after=1)]
