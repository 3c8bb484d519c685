"""Resyncs asked for and carried out, in this process or in one that is killed at a certain place."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import Engine, select, text, update

from services.portal_read.projection import PORTAL
from shared.eventlog import log
from shared.eventlog.migrations.eventlog_001_log import DEFAULT_PARTITIONS
from shared.eventlog.recorded import Recorded
from shared.projections import resync
from shared.projections.engine import apply
from shared.projections.history import Owner
from shared.projections.projection import Projection
from shared.projections.resync import Resyncer
from tests.integration.projections.histories import PROVIDER

ROOT = Path(__file__).parents[3]
PARTITION = PROVIDER.int % DEFAULT_PARTITIONS
_GROW = text("UPDATE eventlog.partitions SET head = head + :more WHERE partition = :partition RETURNING head")
_APPEND = text(
    """
    INSERT INTO eventlog.events (partition, position, event_id, stream_type, stream_id, version, type,
           schema_version, provider_id, company_id, payload, correlation_id, causation_id, actor, recorded_at)
    VALUES (:partition, :position, :event_id, :stream_type, :stream_id, :version, :type, :schema_version,
           :provider_id, :company_id, :payload, :correlation_id, :causation_id, '{}', :recorded_at)
    """
)
_RESYNCER = """
import sys
from services.portal_read.projection import PORTAL
from shared.database.engine import connect
from shared.projections.resync import Resyncer
Resyncer(connect(sys.argv[1], name="resyncer"), PORTAL).step()
"""


def log_and_fold(engine: Engine, history: Sequence[Recorded]) -> None:
    """Put a made-up history into the log, behind what is there, and fold it live."""
    only_log(engine, history)
    while fold_next(engine, PORTAL, len(history)):
        pass


def only_log(engine: Engine, history: Sequence[Recorded]) -> None:
    """Put a made-up history into the log, behind what is there."""
    with engine.begin() as connection:
        place = {"partition": PARTITION, "more": len(history)}
        first = connection.execute(_GROW, place).scalar_one() - len(history) + 1
        for position, each in enumerate(history, start=first):
            row = {name: value for name, value in vars(each).items() if name not in ("actor", "command_id")}
            row |= {"partition": PARTITION, "position": position}
            connection.execute(_APPEND, row | {"payload": orjson.dumps(each.payload).decode()})


def fold_next(engine: Engine, projection: Projection, size: int, *, crashing: bool = False) -> bool:
    """Fold the next batch live as a worker does, or crash just before the commit; whether there was one."""
    checkpoints = projection.checkpoints
    mine = checkpoints.c.partition == PARTITION
    with engine.connect() as connection:
        at = connection.execute(select(checkpoints.c.position).where(mine)).scalar_one()
        batch = log.read(connection, PARTITION, after=at, limit=size)
        if batch:
            apply(connection, projection, batch)
            moved = update(checkpoints).where(mine).values(position=batch[-1].position)
            connection.execute(moved)
            if not crashing:
                connection.commit()
    return bool(batch)


def ask(engine: Engine, company: UUID) -> UUID:
    with engine.begin() as connection:
        return resync.request(connection, PORTAL, Owner(company, PROVIDER))


def resynced(engine: Engine, company: UUID) -> dict[str, object]:
    """Ask for a resync and carry it out; how it ended."""
    resync_id = ask(engine, company)
    assert Resyncer(engine, PORTAL).step()
    return outcome(engine, company, resync_id)


def outcome(engine: Engine, company: UUID, resync_id: UUID) -> dict[str, object]:
    with engine.connect() as connection:
        row = resync.status(connection, PORTAL, company, resync_id)
    assert row is not None
    return dict(row._mapping)


def killed_at(engine: Engine, failpoint: str) -> None:
    """Have a process carry out the next resync that dies there."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = os.environ | {"PORTAL_FAILPOINTS": f"{failpoint}=kill"}
    ended = subprocess.run([sys.executable, "-c", _RESYNCER, url], cwd=ROOT, env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL


def generation(engine: Engine, company: UUID) -> int:
    with engine.connect() as connection:
        statement = text("SELECT generation FROM portal_read.owners WHERE owner_id = :company")
        return int(connection.execute(statement, {"company": company}).scalar_one())


def let_leases_run_out(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE portal_read.resyncs SET expires_at = '-infinity'"))
