"""Rules of time: how long appointments may be, whose time is taken, and how much of a calendar is shown."""

import hashlib
import unicodedata
from datetime import datetime, timedelta
from uuid import UUID

from shared.contracts.errors import Conflict, ValidationFailed
from shared.contracts.values import Language
from shared.formats import period

LONGEST = timedelta(days=14)
# Six weeks by the calendar have an hour more when summer time ends in them.
LONGEST_WINDOW = timedelta(weeks=6, hours=1)


def check_length(starts_at: datetime, ends_at: datetime) -> None:
    """Raises ValidationFailed for an appointment that has no length, or too great a one."""
    if starts_at >= ends_at:
        raise ValidationFailed({"ends_at": ["Must be after the start."]})
    if ends_at - starts_at > LONGEST:
        raise ValidationFailed(
            {"ends_at": [f"An appointment has at most {LONGEST.days} days; plan several."]}
        )


def check_not_over(ends_at: datetime, now: datetime) -> None:
    """Raises ValidationFailed for an appointment that nobody could come to any more; one may have begun."""
    if ends_at <= now:
        raise ValidationFailed({"ends_at": ["Must not be over already; plan a time to come."]})


def technician_key(provider_id: UUID, name: str | None) -> bytes | None:
    """What tells a provider's technicians apart without their names; capitals and blanks don't count."""
    if name is None:
        return None
    same = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return hashlib.sha256(provider_id.bytes + same.encode()).digest()


def busy(starts_at: datetime, ends_at: datetime) -> Conflict:
    """The refusal to plan a technician who has another appointment then; of that it tells the time alone."""
    times = period(starts_at, ends_at, Language.ENGLISH)
    return Conflict(
        f"The technician has another appointment then: {times}. Choose another time or technician.",
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
    )


def check_window(since: datetime, until: datetime) -> None:
    """Raises ValidationFailed for a time to look at that is empty or too long."""
    if since >= until:
        raise ValidationFailed({"until": ["Must be after `since`."]})
    if until - since > LONGEST_WINDOW:
        raise ValidationFailed({"until": ["At most six weeks after `since`; ask for a shorter time."]})
