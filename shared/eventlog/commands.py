"""Idempotent commands: the same command id again gives the first result and does nothing."""

import hashlib
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.errors import Conflict
from shared.eventlog.tables import commands


class CommandKey(NamedTuple):
    """`scope` is method and caller, so that nobody meets the result of somebody else's command."""

    scope: str
    command_id: str


def claim(connection: Connection, key: CommandKey, arguments: dict[str, Any]) -> Any | None:
    """Take the key for this transaction and return None, or return the first result.

    A second caller waits here until the first has committed or failed. Raises Conflict when the id was
    used with other arguments.
    """
    digest = hashlib.sha256(orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS)).digest()
    taken = connection.execute(
        insert(commands)
        .values(scope=key.scope, command_id=key.command_id, digest=digest)
        .on_conflict_do_nothing()
        .returning(commands.c.command_id)
    )
    if taken.first():
        return None
    first = connection.execute(select(commands.c.digest, commands.c.result).where(*_is(key))).one()
    if first.digest != digest:
        raise Conflict("This command_id was used before with other arguments; take a new one.")
    return first.result


def keep(connection: Connection, key: CommandKey, result: Any) -> None:
    """Store the result of a claimed command, in the transaction that claimed it."""
    connection.execute(update(commands).where(*_is(key)).values(result=result))


def _is(key: CommandKey) -> tuple[Any, Any]:
    return commands.c.scope == key.scope, commands.c.command_id == key.command_id
