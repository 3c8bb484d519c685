"""What staff see beside an order: the number of its request, and what its company and its site are called."""

from collections.abc import Iterable
from uuid import UUID

from shared.contracts.customers import CompanyRegistered, CompanyUpdated, SiteAdded, SiteUpdated
from shared.contracts.declare import Event
from shared.contracts.requests import RequestSubmitted
from shared.contracts.stream import StreamType
from shared.eventlog.unit import Unit


def _evolve_number(number: str | None, event: Event) -> str | None:
    return event.number if isinstance(event, RequestSubmitted) else number


def _evolve_company_name(name: str | None, event: Event) -> str | None:
    return event.name if isinstance(event, CompanyRegistered | CompanyUpdated) else name


def _evolve_site_name(name: str | None, event: Event) -> str | None:
    """A site keeps its last name, also once it is removed."""
    return event.name if isinstance(event, SiteAdded | SiteUpdated) else name


REQUEST_NUMBER = StreamType("request", _evolve_number)
COMPANY_NAME = StreamType("company", _evolve_company_name)
SITE_NAME = StreamType("site", _evolve_site_name)


def texts(log: Unit, kind: StreamType[str], stream_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What each of these streams comes to, by its id."""
    return {history[0].stream_id: text for text, history in log.states(kind, set(stream_ids))}
