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
UNBOUNDED = 0
"""As the size of a pool: whoever needs a connection gets one."""
KEYS = "portal_keys"
# The server ends a session that nobody has used for so long: it has room for a few hundred, and can't see
# that a line is dead whose other end a proxy keeps open. Before, the pool takes a new one.
IDLE_S, RECYCLE_S = 120, 90


def _settings(**values: str | int) -> str:
    """What a session asks of the server."""
    return " ".join(f"-c {name}={value}" for name, value in values.items())


# A line that was cut is noticed after half a minute by either end, also while nothing is asked.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_TCP = {"tcp_user_timeout": 25_000}
_SERVERS_END = {f"tcp_{name}": value for name, value in _KEEPALIVE.items()} | _TCP
LINE: dict[str, Any] = {**_KEEPALIVE, **_TCP, "options": _settings(**_SERVERS_END)}


def connect(database_url: str, *, name: str, pool_size: int = 10, keys: Path | None = None) -> Engine:
    """An engine for `database_url` (`postgresql://…`); `name` shows in pg_stat_activity.

    Personal data in the log needs the master keys in the folder `keys` or, without, in that of PORTAL_KEYS.
    Statements are bounded to 30 s, and so is a transaction that was left open. A server that has fallen
    silent is given up ten seconds later; what it keeps of the session then is ended with the next one.
    """
    folder = keys or os.environ.get("PORTAL_KEYS")
    engine = create_engine(
        make_url(database_url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_use_lifo=True,
        pool_recycle=RECYCLE_S,
        execution_options={KEYS: Path(folder) if folder else None},
        # Errors go to logs, where values of ours have no business.
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "application_name": name,
            "connect_timeout": CONNECT_TIMEOUT_S,
            **LINE,
            "options": _settings(
                **_SERVERS_END,
                statement_timeout=STATEMENT_TIMEOUT_MS,
                idle_in_transaction_session_timeout=STATEMENT_TIMEOUT_MS,
                idle_session_timeout=IDLE_S * 1_000,
                timezone="UTC",
            ),
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

    connection = BoundedConnection.connect(*arguments, **options)
    try:
        connection.end_abandoned()
    except BaseException:
        connection.close()
        raise
    return connection


def yield_while_waiting() -> None:
    """Let queries of a monkey-patched process give way to other greenlets; call before psycopg loads."""
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
