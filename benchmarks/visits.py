"""What customers do in the portal when many are there: what they look at, and the calls that it comes to."""

from typing import Any, NamedTuple

TITLE, DESCRIPTION = (
    "Heizung wird nicht warm",
    "Seit gestern Abend bleiben alle Heizkörper kalt.\nBitte bald.",
)
# Seconds from an answer until the next question, chosen at random between these.
PAUSE_S = (1.0, 3.0)
PAGE, API, SENT_PAGE, SENT_API = "page", "API", "request sent by page", "request sent by API"


class Look(NamedTuple):
    """One thing to look at: `often` among all, its page, its address in the API, and the bare call."""

    often: int
    page: str
    api: str
    method: str
    arguments: dict[str, Any]


LOOKS = (
    Look(5, "/", "dashboard", "dashboard", {}),
    Look(3, "/requests", "requests", "requests", {}),
    Look(2, "/appointments", "appointments?when=upcoming", "appointments", {"when": "upcoming"}),
    Look(2, "/documents", "documents", "documents", {}),
    Look(1, "/equipment", "equipment", "equipment", {}),
)
# How often a page, the API, and a new request over each of them.
SHARES = {PAGE: 8, API: 8, SENT_PAGE: 1, SENT_API: 1}
