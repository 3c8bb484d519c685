"""The attachments of a request, as far as they are still there."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.gateway import session
from shared.contracts.errors import NotFound


def known(ids: Iterable[str]) -> list[dict[str, Any]]:
    """What there is to know of these attachments, ten at most; those that are gone are left out."""
    return [found for id_ in ids if (found := _known(id_))]


def _known(id_: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = session.call("documents", "attachment", attachment_id=UUID(id_))
    except (NotFound, ValueError):
        return None
    return {"attachment_id": id_} | found
