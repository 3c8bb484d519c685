"""One run of a contender in a process of its own: `python -m benchmarks.rebuilder WHAT URL`."""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
from sqlalchemy import Engine, text

from services.portal_read.projection import PORTAL
from shared.database.engine import connect
from shared.projections import rebuild
from shared.projections.freshness import Freshness
from shared.projections.rebuild import Share
from shared.projections.worker import Worker

_COPY = "COPY (SELECT type, payload FROM eventlog.events ORDER BY partition, position) TO STDOUT"
_KNOWN = """
    INSERT INTO portal_read.owners (owner_id, provider_id, generation)
    SELECT DISTINCT company_id, provider_id, 1 FROM eventlog.events ON CONFLICT DO NOTHING
"""
_AT_HEAD = """
    UPDATE portal_read.checkpoints AS c SET position = p.head
      FROM eventlog.partitions AS p WHERE p.partition = c.partition
"""


def ours(url: str) -> int:
    """A full rebuild by one worker; the number of events."""
    engine = connect(url, name="benchmark")
    rebuild_id = rebuild.begin(engine, PORTAL)
    rebuild.work(engine, PORTAL, rebuild_id, Share(0, 1), lambda: False)
    rebuild.finish(engine, PORTAL, rebuild_id)
    return rebuild.progress(engine, PORTAL, rebuild_id).events


def limit(url: str) -> int:
    """COPY out, orjson, and a fold into dictionaries: what Python can do at best, and writes nothing."""
    rows: dict[str, dict[str, Any]] = {}
    count = 0
    with psycopg.connect(url) as connection, connection.cursor().copy(_COPY) as copy:
        for line in copy:
            kind, payload = bytes(line).split(b"\t", 1)
            event = orjson.loads(payload.replace(b"\\\\", b"\\"))
            rows.setdefault(kind.decode(), {})[next(iter(event))] = event
            count += 1
    return count


def live(url: str) -> int:
    """The live fold from the beginning; the number of events."""
    engine = connect(url, name="benchmark")
    with engine.begin() as connection:
        tables = ", ".join(table.fullname for table in (*PORTAL.tables.values(), PORTAL.owners))
        connection.execute(text(f"TRUNCATE {tables}"))
        connection.execute(
            text("UPDATE portal_read.checkpoints SET position = 0, expires_at = '-infinity', owner = NULL")
        )
    worker = Worker(engine, PORTAL, Freshness(engine, PORTAL), owner="benchmark")
    worker.hold_share()
    worker.catch_up()
    return _count(engine)


def know_everybody(engine: Engine) -> None:
    """As if everything had been folded live: owners are known, checkpoints at the head."""
    with engine.begin() as connection:
        connection.execute(text(_KNOWN))
        connection.execute(text(_AT_HEAD))


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT sum(position) FROM portal_read.checkpoints")).scalar_one())


def _peak_kib() -> int:
    """Of this program alone: what getrusage gives goes back to the process that started it."""
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak)


CONTENDERS: dict[str, Callable[[str], int]] = {"ours": ours, "limit": limit, "live": live}

if __name__ == "__main__":
    what, url = sys.argv[1:]
    started = time.perf_counter()
    events = CONTENDERS[what](url)
    seconds = time.perf_counter() - started
    print(json.dumps({"events": events, "seconds": seconds, "peak_kib": _peak_kib()}))
