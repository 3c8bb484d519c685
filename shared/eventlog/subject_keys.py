"""The key of each person whose data the log holds: made when first needed, destroyed when they are erased.

The database holds them, encrypted with a master key. A process may keep a decrypted one, but asks each time
whether it still is the person's.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, func
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.declare import SEALED
from shared.database.engine import KEYS
from shared.database.statement import rows
from shared.eventlog.tables import subject_keys
from shared.identity.master_keys import KEY_BYTES, MasterKeyMissing, MasterKeys, master_keys

Keys = Mapping[str, str]
"""By the id of a person: the key as the database has it, `number of the master key:encrypted, in digits`."""
MOST_KEPT = 10_000

_KEY = "k.master_key || ':' || encode(k.wrapped_key, 'hex')"
KEYS_OF_EVENT = f"""(
    SELECT json_object_agg(k.subject_id, {_KEY})
      FROM jsonb_object_keys(payload -> '{SEALED}') AS sealed (subject_id)
      JOIN eventlog.subject_keys AS k ON k.subject_id = sealed.subject_id::uuid
     WHERE k.wrapped_key IS NOT NULL)"""
"""To be selected beside an event: the keys that it was sealed with, of those who are not erased."""
ALL_IN_USE = f"""
NOT EXISTS (
    SELECT FROM json_each_text(%(keys)s::json) AS used (subject_id, key)
     WHERE NOT EXISTS (
         SELECT FROM eventlog.subject_keys AS k
          WHERE k.subject_id = used.subject_id::uuid AND {_KEY} = used.key))
"""
"""A condition of the append: each of the `keys` of its events, as JSON, still is the person's."""

_FIND = f"""
SELECT k.subject_id::text, {_KEY}
  FROM eventlog.subject_keys AS k
 WHERE k.subject_id = ANY(%(subjects)s::uuid[]) AND k.wrapped_key IS NOT NULL
"""
# Where somebody else is making a key of the same person, the insert waits, and a second try finds that key.
_FIND_OR_MAKE = f"""
WITH k AS (
    INSERT INTO eventlog.subject_keys (subject_id, master_key, wrapped_key)
    SELECT subject_id, %(master_key)s, wrapped_key
      FROM unnest(%(subjects)s::uuid[], %(offered)s::bytea[]) AS offered (subject_id, wrapped_key)
        ON CONFLICT DO NOTHING
 RETURNING subject_id, master_key, wrapped_key
)
SELECT k.subject_id::text, {_KEY} FROM k
 UNION ALL
SELECT k.subject_id::text, {_KEY} FROM eventlog.subject_keys AS k
 WHERE k.subject_id = ANY(%(subjects)s::uuid[])
"""


class Ciphers(dict[str, AESGCM | None]):
    """By the id of a person what opens with their key, made when first asked for; None for those without one.

    Raises MasterKeyMissing.
    """

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    def __missing__(self, subject: str) -> AESGCM | None:
        key = self._keys.get(subject)
        self[subject] = made = cipher(self._connection, subject, key) if key is not None else None
        return made


def find(connection: Connection, subjects: Iterable[str]) -> Keys:
    """The keys of these persons, of those who have one."""
    return dict(rows(connection, _FIND, {"subjects": list(subjects)}))


def find_or_make(connection: Connection, subjects: Iterable[str]) -> Keys:
    """The keys of these persons, made where there is none; the erased have none, and never will.

    What this process has found before is taken for true; ALL_IN_USE says whether it is.
    Raises MasterKeyMissing.
    """
    known, wanted = _known(connection.engine), sorted(set(subjects))
    # Others may forget what is known while the database is asked.
    keys = {subject: known[subject] for subject in wanted if subject in known}
    if unknown := [subject for subject in wanted if subject not in keys]:
        found = _found_or_made(connection, unknown)
        if len(known) > MOST_KEPT:
            known.clear()
        known |= found
        keys |= found
    return {subject: key for subject in wanted if (key := keys[subject]) is not None}


def forget(connection: Connection, subjects: Iterable[str]) -> None:
    """Look into the database the next time."""
    for subject in subjects:
        _known(connection.engine).pop(subject, None)


def erase(connection: Connection, subject: UUID) -> datetime:
    """Destroy a person's key for ever; when that was first done. Who never had one will have none either."""
    now = func.clock_timestamp()
    row = insert(subject_keys).values(subject_id=subject, erased_at=now)
    erased = row.on_conflict_do_update(
        index_elements=[subject_keys.c.subject_id],
        set_={
            "master_key": None,
            "wrapped_key": None,
            "erased_at": func.coalesce(subject_keys.c.erased_at, now),
        },
    )
    erased_at: datetime = connection.execute(erased.returning(subject_keys.c.erased_at)).scalar_one()
    return erased_at


def cipher(connection: Connection, subject: str, key: str) -> AESGCM:
    """What encrypts and decrypts with a person's key; raises MasterKeyMissing."""
    return _cipher(_masters(connection), subject, key)


def _found_or_made(connection: Connection, subjects: list[str]) -> dict[str, str | None]:
    masters = _masters(connection)
    number = masters.newest()
    offered = [masters.wrap(number, os.urandom(KEY_BYTES), about=subject) for subject in subjects]
    parameters = {"subjects": subjects, "offered": offered, "master_key": number}
    found: dict[str, str | None] = {}
    while len(found) < len(subjects):
        found = dict(rows(connection, _FIND_OR_MAKE, parameters))
    return found


def _masters(connection: Connection) -> MasterKeys:
    folder: Path | None = connection.engine.get_execution_options().get(KEYS)
    if folder is None:
        raise MasterKeyMissing("PORTAL_KEYS is not set, so there is no master key for personal data.")
    return master_keys(folder)


@lru_cache(MOST_KEPT)
def _cipher(masters: MasterKeys, subject: str, key: str) -> AESGCM:
    number, _, wrapped = key.partition(":")
    return AESGCM(masters.unwrap(int(number), bytes.fromhex(wrapped), about=subject))


@cache
def _known(_engine: Engine) -> dict[str, str | None]:
    """The keys that this process has appended with, None for the erased."""
    return {}
