"""Runs the few statements that have to be quick at psycopg's own cost, on a connection of SQLAlchemy's."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection


def rows(connection: Connection, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that `statement`, with psycopg's placeholders, returns.

    It runs in the transaction begun on the connection; without one it is committed on its own, in a single
    round trip. Raises what SQLAlchemy's `execute` would, which takes two to three times the client time.
    """
    driver = _driver(connection)
    try:
        if connection.in_transaction():
            return driver.execute(statement, parameters).fetchall()
        return _alone(driver, statement, parameters)
    except BaseException as error:
        _raise_translated(connection, statement, error)


def copy(connection: Connection, statement: str, lines: Iterable[Sequence[Any]]) -> None:
    """Write lines by a `COPY … FROM STDIN`, in the transaction begun on the connection; raises as `rows`."""
    try:
        with _driver(connection).cursor().copy(statement) as copying:
            for line in lines:
                copying.write_row(line)
    except BaseException as error:
        _raise_translated(connection, statement, error)


def _driver(connection: Connection) -> psycopg.Connection:
    return connection.connection.driver_connection  # type: ignore[return-value]


def _raise_translated(connection: Connection, statement: str, error: BaseException) -> NoReturn:
    """As SQLAlchemy would raise it, which gives up broken connections too.

    It is told no parameters, so that the error shows none.
    """
    connection._handle_dbapi_exception(error, statement, None, None, None)


def _alone(
    driver: psycopg.Connection, statement: str, parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    before = driver.autocommit
    driver.autocommit = True
    try:
        return driver.execute(statement, parameters).fetchall()
    finally:
        if driver.pgconn.transaction_status == TransactionStatus.IDLE:
            driver.autocommit = before
        else:
            driver.close()
