"""The SQLAlchemy engine of a process."""

import os
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from shared.contracts.errors import Unavailable

CONNECT_TIMEOUT_S = 5
POOL_TIMEOUT_S = 5
STATEMENT_TIMEOUT_MS = 30_000
KEYS = "portal_keys"
# A line that was cut is noticed after half a minute, also while nothing is asked. Milliseconds are the last.
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


def connect(database_url: str, *, name: str, pool_size: int = 10, keys: Path | None = None) -> Engine:
    """An engine for `database_url` (`postgresql://…`); `name` shows in pg_stat_activity.

    Personal data in the log needs the master keys in the folder `keys` or, without, in that of PORTAL_KEYS.
    Statements are bounded to 30 s, and so is a transaction that was left open. A server that has fallen
    silent is given up ten seconds later.
    """
    folder = keys or os.environ.get("PORTAL_KEYS")
    engine = create_engine(
        make_url(database_url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_use_lifo=True,
        execution_options={KEYS: Path(folder) if folder else None},
        # Errors go to logs, where values of ours have no business.
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "application_name": name,
            "connect_timeout": CONNECT_TIMEOUT_S,
            **KEEPALIVE,
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
            f" -c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS}"
            " -c timezone=UTC",
        },
    )
    event.listen(engine, "do_connect", _connect)
    return engine


def ensure_reachable(engine: Engine) -> None:
    """Connect once; raises Unavailable, whose message names the server but no password."""
    try:
        engine.connect().close()
    except DBAPIError as error:
        url = engine.url
        server = f"{url.host or 'localhost'}:{url.port or 5432}, database {url.database}, user {url.username}"
        reason = str(error.orig).partition("\n")[0].rpartition(" failed: ")[2]
        raise Unavailable(f"No connection to PostgreSQL at {server}: {reason}.") from None


def _connect(_dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
    # Loads psycopg, before which `yield_while_waiting` must have been called.
    from shared.database.connection import BoundedConnection

    return BoundedConnection.connect(*arguments, **options)


def yield_while_waiting() -> None:
    """Let queries of a monkey-patched process give way to other greenlets; call before psycopg loads."""
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
