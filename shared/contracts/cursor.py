"""Cursors: where the next page of a list begins, opaque to callers."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from shared.contracts.errors import ValidationFailed

PAGE = 50
# As many as a position may have.
_DIGITS = 18


def encode(key: Sequence[str]) -> str:
    """The cursor behind the row with this sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def decode(cursor: str | None, parts: int) -> list[str] | None:
    """The sort key in a cursor, `parts` texts, or None without one. Raises ValidationFailed."""
    if cursor is None:
        return None
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(map(_is_text, key)):
        raise _not_a_cursor()
    return key


def decode_id(cursor: str | None) -> UUID | None:
    """The id in the cursor of a list that is sorted by an id alone. Raises ValidationFailed."""
    key = decode(cursor, 1)
    return as_id(key[0]) if key else None


def as_id(part: str) -> UUID:
    """The id that is a part of a sort key. Raises ValidationFailed."""
    try:
        return UUID(part)
    except ValueError:
        raise _not_a_cursor() from None


def as_number(part: str) -> int:
    """The whole number that is a part of a sort key. Raises ValidationFailed."""
    if not (part.isascii() and part.isdigit() and len(part) <= _DIGITS):
        raise _not_a_cursor()
    return int(part)


def as_time(part: str) -> datetime:
    """The time that is a part of a sort key. Raises ValidationFailed."""
    try:
        return datetime.fromisoformat(part)
    except ValueError:
        raise _not_a_cursor() from None


def page(items: Sequence[Any], keys: Sequence[Sequence[str]], size: int = PAGE) -> dict[str, Any]:
    """A page of a list from one row more than it shows; `keys` are the rows' sort keys."""
    more = len(items) > size
    return {"items": list(items[:size]), "next": encode(keys[size - 1]) if more else None}


def _is_text(part: Any) -> bool:
    """A text that PostgreSQL can be asked for."""
    return isinstance(part, str) and "\0" not in part


def _not_a_cursor() -> ValidationFailed:
    return ValidationFailed({"cursor": ["Not a cursor of this list; ask for its first page."]})
