"""The sites and the equipment that a customer can ask work for."""

from dataclasses import dataclass
from typing import Any, Self

from services.gateway import session

# A form with more choices than this needs a search of its own.
MOST_PAGES = 20


@dataclass(frozen=True)
class Places:
    sites: list[dict[str, Any]]
    equipment: list[dict[str, Any]]

    @classmethod
    def load(cls) -> Self:
        return cls(_all("sites"), _all("equipment"))

    @property
    def only_site_id(self) -> str | None:
        """The site, where there is just one to choose."""
        return str(self.sites[0]["site_id"]) if len(self.sites) == 1 else None

    @property
    def equipment_by_site(self) -> dict[str, list[dict[str, Any]]]:
        """Site name → equipment there."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for item in self.equipment:
            groups.setdefault(item["site_name"], []).append(item)
        return groups


def _all(method: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = session.call("portal_read", method, cursor=cursor)
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return items
