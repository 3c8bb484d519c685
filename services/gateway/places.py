"""The sites and the equipment that a customer can ask work for."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from services.gateway import session
from services.gateway.lists import Item, whole

# More equipment at one site than this needs a search of its own.
MOST_PAGES = 20


@dataclass(frozen=True)
class Places:
    """Sites to choose from, among them the chosen one; `more` when there are others that a search finds."""

    sites: list[Item]
    more: bool
    chosen: Item | None

    @classmethod
    def find(cls, *, chosen_id: str | None = None, search: str | None = None) -> Self:
        """The first sites by name, or those that a search finds. What is no id of a site chooses none."""
        page = session.call("portal_read", "sites", search=search or None)
        sites, more = page["items"], page["next"] is not None
        chosen = next((site for site in sites if site["site_id"] == chosen_id), None) or _site(chosen_id)
        if chosen is None and not search and not more and len(sites) == 1:
            chosen = sites[0]
        if chosen is not None and chosen not in sites:
            sites = [chosen, *sites]
        return cls(sites, more, chosen)

    @property
    def chosen_id(self) -> str:
        return str(self.chosen["site_id"]) if self.chosen else ""


def equipment_at(site_id: str) -> list[Item]:
    """All equipment at a site, by name; none where there is no such site."""
    if not _is_id(site_id):
        return []
    return whole("portal_read", "equipment", site_id=site_id, most_pages=MOST_PAGES)


def _site(site_id: str | None) -> Item | None:
    if not _is_id(site_id):
        return None
    found: list[Item] = session.call("portal_read", "sites", site_id=site_id)["items"]
    return found[0] if found else None


def _is_id(text: str | None) -> bool:
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True
