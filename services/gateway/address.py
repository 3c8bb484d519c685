"""What the address of a page asks for: nonsense in it counts as nothing."""

import enum
from typing import TypeVar

from flask import request

from shared.contracts.portal_read import SEARCH_CHARACTERS

Choice = TypeVar("Choice", bound=enum.StrEnum)


def choice(kind: type[Choice], name: str) -> Choice | None:
    """The one thing that a list is to show only."""
    try:
        return kind(request.args.get(name, ""))
    except ValueError:
        return None


def search() -> str:
    """The words to search the customer's view for, as many as it takes."""
    return request.args.get("search", "").strip()[:SEARCH_CHARACTERS]
