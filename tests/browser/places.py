"""Every page of the gateway that can be opened, found by its addresses, and who opens it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from services.gateway.app import create_app
from shared.files.store import FileStore

STAFF, CUSTOMER, ANYONE = "staff", "customer", "anyone"
# Whatever answers with something else than a page.
_NO_PAGES = (
    "static",
    "health.",
    "watching.",
    "downloads.",
    "appointments.calendar",
    "sites.site_map",
    "settings.take_personal_data",
)
# Pieces of a page, for its scripts.
_PIECES = ("new_request.sites", "new_request.equipment")
_OF_ANYONE = ("account.", "passwords.")
# What the places in addresses are called that are called the same.
_TOKENS = {"account.invitation": "{invitation_token}", "passwords.reset": "{reset_token}"}
_PLACE = re.compile(r"<(?:[^>]*:)?(\w+)>")
_NOWHERE = UUID(int=7)


@dataclass(frozen=True)
class Place:
    """A page: what it is called, who opens it, its address with places for ids, and how it answers."""

    name: str
    who: str
    address: str
    status: int = 200
    has_places: bool = False

    def __str__(self) -> str:
        return self.name


def all_pages() -> list[Place]:
    """As the gateway's routes have them, so that none is forgotten."""
    return sorted(_pages(), key=str)


def lists() -> list[Place]:
    """The pages that show something before there is anything."""
    return [page for page in all_pages() if not page.has_places and page.who != ANYONE]


# Nothing is found, or what is asked for is not there.
IN_VAIN = [
    Place("no site found", CUSTOMER, "/sites?search=Zugspitze"),
    Place("no equipment found", CUSTOMER, "/equipment?search=Dampfmaschine"),
    Place("no request of a status", CUSTOMER, "/requests?status=withdrawn"),
    Place("an unknown page", CUSTOMER, "/gibt-es-nicht", status=404),
    Place("an unknown request", CUSTOMER, f"/requests/{_NOWHERE}", status=404),
    Place("the back office as a customer", CUSTOMER, "/provider/", status=403),
    Place("no company found", STAFF, "/provider/companies?search=Zugspitze"),
    Place("no appointments in a week", STAFF, "/provider/appointments?week=2031-01-06"),
    Place("an unknown company", STAFF, f"/provider/companies/{_NOWHERE}", status=404),
    Place("an unknown invitation", ANYONE, "/invitation/unbekannt", status=404),
    Place("an unknown link for a new password", ANYONE, "/reset-password/unbekannt", status=410),
]


def _pages() -> Iterator[Place]:
    nothing = cast(Any, None)
    app = create_app(
        nothing, changes=nothing, files=FileStore("memory://"), secret_key="none", secure_cookies=False
    )
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue
        if rule.endpoint.startswith(_NO_PAGES + _PIECES):
            continue
        address = _PLACE.sub(r"{\1}", rule.rule).replace("{token}", _TOKENS.get(rule.endpoint, ""))
        yield Place(rule.endpoint, _who(rule.endpoint), address, has_places=bool(rule.arguments))


def _who(endpoint: str) -> str:
    if endpoint.startswith(_OF_ANYONE):
        return ANYONE
    return STAFF if endpoint.startswith("back_office.") else CUSTOMER
