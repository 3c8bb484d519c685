"""Reads lists of the services to their end, as far as a page can show them."""

from collections.abc import Callable
from typing import Any

from services.gateway import session

Item = dict[str, Any]
# Whatever is longer than this has a page of its own with a way to go on.
MOST_PAGES = 10


def whole(
    service: str,
    method: str,
    *,
    wanted: Callable[[Item], bool] = lambda _: True,
    most_pages: int = MOST_PAGES,
    **arguments: Any,
) -> list[Item]:
    """The items of a list that are wanted, in its order."""
    items: list[Item] = []
    cursor: str | None = None
    for _ in range(most_pages):
        page = session.call(service, method, cursor=cursor, **arguments)
        items += filter(wanted, page["items"])
        cursor = page["next"]
        if cursor is None:
            break
    return items
