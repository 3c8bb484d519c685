"""Brings the database's schema up to date: the log's and every service's, each a branch of its own."""

import time
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util.exc import CommandError
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from shared.contracts.errors import Unavailable

ROOT = Path(__file__).parents[2]
ATTEMPTS = 20
PAUSE_S = 1.0
_log = structlog.get_logger(__name__)


def upgrade(engine: Engine, *, to: str = "heads") -> list[str]:
    """Apply every migration that is missing and return the revisions that the schema then has.

    Running it twice, or twice at once, does no harm. `to` names one revision to go no further than. A table
    that others work with is waited for a few seconds at a time, between which they go on; all or nothing is
    applied. Raises Unavailable when that was in vain, or the schema is a newer release's.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            command.upgrade(config(engine), to)
            break
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
                raise
            _log.warning("schema_waits_for_a_table", attempt=attempt)
            time.sleep(PAUSE_S)
        except CommandError as error:
            raise Unavailable(f"The database needs a newer release than this one: {error}.") from None
    else:
        raise Unavailable(
            "Somebody has held a table for a minute that the schema has to change; nothing was changed."
        )
    with engine.connect() as connection:
        return sorted(MigrationContext.configure(connection).get_current_heads())


def config(engine: Engine) -> Config:
    """What alembic's own commands need to work on our migrations."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.set_main_option("version_locations", " ".join(str(folder) for folder in _version_folders()))
    made.set_main_option("path_separator", "space")
    made.attributes["engine"] = engine
    return made


def _version_folders() -> list[Path]:
    return [ROOT / "shared/eventlog/migrations", *sorted(ROOT.glob("services/*/migrations"))]
