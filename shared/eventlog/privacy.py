"""Personal data in the log, encrypted with a key of each person: who destroys the key has erased the person.

An event is stored with tombstones in its personal fields and beside them, under SEALED, with what the fields
say, encrypted once for each person. When it is read, that takes the tombstones' place, if the key is there.

Where a master key is missing, nobody can tell what an event says: reading and appending raise
MasterKeyMissing.
"""

import os
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Select, literal_column, select

from shared.contracts.declare import EVENTS, SEALED, Payload
from shared.eventlog import subject_keys
from shared.eventlog.recorded import Recorded
from shared.eventlog.subject_keys import KEYS_OF_EVENT, Ciphers, Keys
from shared.eventlog.tables import events
from shared.identity.master_keys import NONCE_BYTES

Row = dict[str, Any]
SELECTED: Select[Any] = select(events, literal_column(KEYS_OF_EVENT))
"""What `recorded` takes; to be narrowed."""
_log = structlog.get_logger(__name__)


def read(connection: Connection, statement: Select[Any]) -> list[Recorded]:
    """The events that SELECTED, narrowed, finds, readable as far as nobody is erased."""
    return recorded(connection, connection.execute(statement))


def recorded(connection: Connection, found: Iterable[Sequence[Any]]) -> list[Recorded]:
    """The events of rows with the log's columns and KEYS_OF_EVENT, readable as far as nobody is erased."""
    opened: list[Recorded] = []
    keys: dict[str, str] = {}
    for *columns, keys_of_event in found:
        opened.append(Recorded(*columns))
        keys.update(keys_of_event or {})
    ciphers = Ciphers(connection, keys)
    for event in opened:
        _open(event.type, event.payload, ciphers)
    return opened


def open_all(connection: Connection, sealed: Sequence[tuple[str, Payload]]) -> Iterable[str]:
    """Make the payloads of events of these types readable, where they lie, with one look at the keys.

    Returns the ids of the persons of whom something could be read.
    """
    subjects = {subject for _, payload in sealed for subject in payload.get(SEALED, ())}
    keys = subject_keys.find(connection, subjects) if subjects else {}
    ciphers = Ciphers(connection, keys)
    for event_type, payload in sealed:
        _open(event_type, payload, ciphers)
    return keys


def personal(event_type: str, payload: Payload, ciphers: Ciphers) -> Payload | None:
    """What is sealed in a payload, without what was the erased's; None where a part of it is damaged."""
    opened: Payload = {}
    try:
        for subject, text in payload.get(SEALED, {}).items():
            if (cipher := ciphers[subject]) is not None:
                opened |= _unseal(cipher, _about(subject, event_type), text)
    except (InvalidTag, ValueError) as error:
        _log.error("event_not_opened", type=event_type, reason=str(error) or type(error).__name__)
        return None
    return opened


def seal(connection: Connection, appended: Iterable[Row]) -> tuple[list[Row], Keys]:
    """Rows to append with nothing personal in the clear, and the keys that they are sealed with.

    Of the erased nothing at all is kept.
    """
    found = [(row, _by_subject(row)) for row in appended]
    keys = subject_keys.find_or_make(connection, {subject for _, fields in found for subject in fields})
    return [_sealed(connection, row, fields, keys) for row, fields in found], keys


def _sealed(connection: Connection, row: Row, fields: dict[str, Payload], keys: Keys) -> Row:
    tombstones = EVENTS[row["type"]].tombstones
    payload = row["payload"] | {name: tombstones[name] for values in fields.values() for name in values}
    sealed = {
        subject: _seal(
            subject_keys.cipher(connection, subject, keys[subject]), _about(subject, row["type"]), values
        )
        for subject, values in fields.items()
        if subject in keys
    }
    return row | {"payload": payload | ({SEALED: sealed} if sealed else {})}


def _by_subject(row: Row) -> dict[str, Payload]:
    """The personal fields that say something, by the person's id: it is in the payload or the envelope."""
    found: dict[str, Payload] = {}
    payload = row["payload"]
    for name, subject in EVENTS[row["type"]].personal.items():
        if (value := payload.get(name)) is not None:
            found.setdefault(str(payload.get(subject) or row[subject]), {})[name] = value
    return found


def _open(event_type: str, payload: Payload, ciphers: Ciphers) -> None:
    """What is damaged stays sealed, which nobody takes for an event."""
    if SEALED in payload and (opened := personal(event_type, payload, ciphers)) is not None:
        del payload[SEALED]
        payload |= opened


def _seal(cipher: AESGCM, about: bytes, values: Payload) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return b64encode(nonce + cipher.encrypt(nonce, orjson.dumps(values), about)).decode()


def _unseal(cipher: AESGCM, about: bytes, text: str) -> Payload:
    sealed = a2b_base64(text)
    values: Payload = orjson.loads(cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about))
    return values


def _about(subject: str, event_type: str) -> bytes:
    """What is sealed is good nowhere else."""
    return f"{subject}/{event_type}".encode()
