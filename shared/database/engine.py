"""The SQLAlchemy engine of a process."""

import os

import orjson
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

CONNECT_TIMEOUT_S = 5
POOL_TIMEOUT_S = 5
STATEMENT_TIMEOUT_MS = 30_000


def connect(database_url: str, *, name: str, pool_size: int = 10) -> Engine:
    """An engine for `database_url` (`postgresql://…`); `name` shows in pg_stat_activity.

    Statements are bounded to 30 s, and so is a transaction that was left open.
    """
    return create_engine(
        make_url(database_url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_use_lifo=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "application_name": name,
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
            f" -c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS}"
            " -c timezone=UTC",
        },
    )


def yield_while_waiting() -> None:
    """Let queries of a monkey-patched process give way to other greenlets; call before psycopg loads."""
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
