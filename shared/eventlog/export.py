"""Writes a company's history as JSON: by stream, each event as the text that was hashed, and signed heads."""

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, TextIO
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from shared.eventlog import privacy
from shared.eventlog.chain import COLUMNS, Link
from shared.eventlog.subject_keys import KEYS_OF_EVENT, Ciphers

FORMAT = "mfr-portal-history/1"
Heads = dict[str, tuple[int, str]]
"""By the id of a stream: its last version, and that event's hash in hexadecimal."""

_HISTORY = text(
    f"""
    SELECT {COLUMNS}, {KEYS_OF_EVENT} FROM eventlog.events AS e
     WHERE e.company_id = :company_id
     ORDER BY e.stream_type, e.stream_id, e.version
    """
)
_BATCH = 1_000


class Damaged(Exception):
    """The history is not what was recorded, so nobody should vouch for it."""


def write(connection: Connection, company_id: UUID, out: TextIO, sign: Callable[[Heads], str]) -> Heads:
    """Write the company's history as one moment shows it; returns the heads, none where there are no events.

    What is written ends with what `sign` makes of the heads. Raises Damaged, with `out` written in part.
    """
    heads: Heads = {}
    start = {"format": FORMAT, "company_id": str(company_id)}
    out.write(_json(start).removesuffix("}") + ', "streams": [')
    for (type, id), events in groupby(_links(connection, company_id), key=lambda each: each[0].stream):
        out.write(",\n " if heads else "\n ")
        out.write(_json({"stream_type": type, "stream_id": id}).removesuffix("}") + ', "events": [')
        for version, (link, personal) in enumerate(events, start=1):
            out.write(",\n  " if version > 1 else "\n  ")
            out.write(_json({"hash": link.hash.hex(), "text": link.text} | personal))
            heads[id] = (version, link.hash.hex())
        out.write("]}")
    out.write(f'],\n "signed_heads": {_json(sign(heads))}}}\n')
    return heads


def _links(connection: Connection, company_id: UUID) -> Iterator[tuple[Link, dict[str, Any]]]:
    """The events, stream by stream, each checked to be whole and to follow the one before; with its personal
    data, where it has any, readable as `personal`.
    """
    rows = connection.execution_options(yield_per=_BATCH).execute(_HISTORY, {"company_id": company_id})
    before: Link | None = None
    for row in rows:
        link, payload = Link.of(row), orjson.loads(row.payload)
        if before is not None and before.stream == link.stream:
            expected = before.version + 1, before.hash
        else:
            expected = 1, link.stream.genesis
        if not link.is_whole or (link.version, link.previous_hash) != expected:
            raise Damaged(str(link.at))
        before = link
        personal = privacy.personal(row.type, payload, Ciphers(connection, row[-1] or {}))
        yield link, {"personal": personal} if personal else {}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
