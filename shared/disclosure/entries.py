"""What the log says of a person, event by event, as it is told to that person."""

from shared.contracts import every_event  # noqa: F401 - what is said of a person, all services say
from shared.contracts.codec import to_plain
from shared.contracts.customers import PersonalDataEntry
from shared.eventlog.recorded import Recorded


def entry_of(recorded: Recorded) -> PersonalDataEntry:
    """An event with all that it holds, in its current version. Raises UnknownEvent."""
    return PersonalDataEntry(
        recorded_at=recorded.recorded_at,
        service=recorded.event.service,
        type=recorded.type,
        data=to_plain(recorded.event),
    )
