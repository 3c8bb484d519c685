"""What is told to who tries something too often."""

from math import ceil

from services.gateway.languages import gettext as _
from services.gateway.languages import ngettext
from shared.contracts.errors import TooManyAttempts


def message(error: TooManyAttempts) -> str:
    """How long to wait, for people."""
    return _(
        "Das waren zu viele Versuche. Bitte warten Sie %(span)s, und versuchen Sie es dann noch einmal.",
        span=_span(_seconds(error)),
    )


def headers(error: TooManyAttempts) -> dict[str, str]:
    """How long to wait, for programs."""
    return {"Retry-After": str(_seconds(error))}


def _seconds(error: TooManyAttempts) -> int:
    seconds: float = error.details["retry_after"]
    return ceil(seconds)


def _span(seconds: int) -> str:
    """A time to wait, in words."""
    if seconds > 90:
        return _("%(minutes)s Minuten", minutes=ceil(seconds / 60))
    return ngettext("eine Sekunde", "%(num)s Sekunden", seconds)
