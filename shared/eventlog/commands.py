"""Idempotent commands: the same command id again does nothing, and gives the first result if it is kept."""

import hashlib
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from shared.contracts.errors import Conflict, Unavailable
from shared.database.statement import rows
from shared.eventlog.tables import commands

INTERRUPTED = "The call was interrupted and may have been carried out; look before you repeat it."
_CLAIM = """
INSERT INTO eventlog.commands (scope, command_id, digest)
VALUES (%(scope)s, %(command_id)s, %(digest)s)
    ON CONFLICT DO NOTHING
RETURNING command_id
"""
_KEEP = """
UPDATE eventlog.commands
   SET result = %(result)s::jsonb
 WHERE scope = %(scope)s AND command_id = %(command_id)s
RETURNING command_id
"""


class CommandKey(NamedTuple):
    """`scope` is method and caller, so that nobody meets the result of somebody else's command."""

    scope: str
    command_id: str


def claim(connection: Connection, key: CommandKey, arguments: dict[str, Any]) -> Any | None:
    """Take the key for this transaction and return None, or return the first result.

    A second caller waits here until the first has committed or failed. Raises Conflict when the id was
    used with other arguments, Unavailable when the first result was not kept.
    """
    digest = hashlib.sha256(orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS)).digest()
    if rows(connection, _CLAIM, {**key._asdict(), "digest": digest}):
        return None
    first = connection.execute(
        select(commands.c.digest, commands.c.result).where(
            commands.c.scope == key.scope, commands.c.command_id == key.command_id
        )
    ).one_or_none()
    if first is None:
        # It was so old that it was forgotten just now.
        return claim(connection, key, arguments)
    if first.digest != digest:
        raise Conflict("This command_id was used before with other arguments; take a new one.")
    if first.result is None:
        raise Unavailable(INTERRUPTED)
    return first.result


def keep(connection: Connection, key: CommandKey, result: Any) -> None:
    """Store the result of a claimed command, in the transaction that claimed it."""
    rows(connection, _KEEP, {**key._asdict(), "result": orjson.dumps(result).decode()})
