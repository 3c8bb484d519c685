"""Who could see what of a company, when, and by which event: told from its history, for staff who ask.

A contact sees what is the company's while three things hold: they have an account, the provider's portal is
on, and the thing is there. Each of them begins and ends with an event.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from uuid import UUID

from shared.contracts.customers import (
    ContactAdded,
    ContactErased,
    ContactRemoved,
    ContactUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
from shared.contracts.declare import Event
from shared.contracts.documents import DocumentPublished, DocumentWithdrawn
from shared.contracts.invitation import AccountActivated, PortalActivated, PortalDeactivated
from shared.contracts.portal_read import AccessCause, AccessSpan, ThingKind
from shared.contracts.requests import RequestSubmitted
from shared.eventlog.recorded import Recorded

Key = tuple[ThingKind, UUID]


@dataclass
class Lasting:
    """What begins and ends, perhaps several times; `name` is its last one."""

    name: str = ""
    spans: list[AccessSpan] = field(default_factory=list)

    def begin(self, cause: AccessCause) -> None:
        if not self.spans or self.spans[-1].until is not None:
            self.spans.append(AccessSpan(since=cause, until=None))

    def end(self, cause: AccessCause) -> None:
        if self.spans and self.spans[-1].until is None:
            self.spans[-1] = AccessSpan(since=self.spans[-1].since, until=cause)


class History:
    """A company's events, folded: when the portal was on, contacts had accounts, and things were there."""

    def __init__(self, recorded: Iterable[Recorded]) -> None:
        self.portal = Lasting()
        self.contacts: dict[UUID, Lasting] = {}
        self.things: dict[Key, Lasting] = {}
        self._emails: dict[UUID, str] = {}
        for each in recorded:
            cause = AccessCause(type=each.type, event_id=each.event_id, at=each.recorded_at, position=each.at)
            if fold := _FOLDS.get(type(each.event)):
                fold(self, each.event, cause)

    def seen_by(self, contact_id: UUID, thing: Lasting) -> list[AccessSpan]:
        """When a contact could see a thing, and by which events."""
        contact = self.contacts.get(contact_id, Lasting())
        return reduce(common, (self.portal.spans, contact.spans, thing.spans))

    def _portal_on(self, _event: PortalActivated, cause: AccessCause) -> None:
        self.portal.begin(cause)

    def _portal_off(self, _event: PortalDeactivated, cause: AccessCause) -> None:
        self.portal.end(cause)

    def _contact(self, event: ContactAdded | ContactUpdated, cause: AccessCause) -> None:
        contact = self.contacts.setdefault(event.contact_id, Lasting())
        contact.name = f"{event.first_name} {event.last_name}"
        email = (event.email or "").casefold()
        if email != self._emails.get(event.contact_id, email):
            # The account was for the address that it is no longer.
            contact.end(cause)
        self._emails[event.contact_id] = email

    def _account(self, event: AccountActivated, cause: AccessCause) -> None:
        self.contacts.setdefault(event.contact_id, Lasting()).begin(cause)

    def _contact_gone(self, event: ContactRemoved | ContactErased, cause: AccessCause) -> None:
        self.contacts.setdefault(event.contact_id, Lasting()).end(cause)

    def _site(self, event: SiteAdded | SiteUpdated, cause: AccessCause) -> None:
        self._there(ThingKind.SITE, event.site_id, event.name, cause)

    def _site_gone(self, event: SiteRemoved, cause: AccessCause) -> None:
        self._gone(ThingKind.SITE, event.site_id, cause)

    def _request(self, event: RequestSubmitted, cause: AccessCause) -> None:
        self._there(ThingKind.REQUEST, event.request_id, f"{event.number} {event.title}", cause)

    def _document(self, event: DocumentPublished, cause: AccessCause) -> None:
        self._there(ThingKind.DOCUMENT, event.document_id, f"{event.number} {event.title}", cause)

    def _document_gone(self, event: DocumentWithdrawn, cause: AccessCause) -> None:
        self._gone(ThingKind.DOCUMENT, event.document_id, cause)

    def _there(self, kind: ThingKind, id_: UUID, name: str, cause: AccessCause) -> None:
        thing = self.things.setdefault((kind, id_), Lasting())
        thing.name = name
        thing.begin(cause)

    def _gone(self, kind: ThingKind, id_: UUID, cause: AccessCause) -> None:
        self.things.setdefault((kind, id_), Lasting()).end(cause)


def common(ours: list[AccessSpan], theirs: list[AccessSpan]) -> list[AccessSpan]:
    """When both last: each span begins with the later of two events and ends with the earlier."""
    both = (
        AccessSpan(
            since=max(one.since, other.since, key=_when),
            until=min(filter(None, (one.until, other.until)), key=_when, default=None),
        )
        for one in ours
        for other in theirs
    )
    return [span for span in both if span.until is None or _when(span.since) < _when(span.until)]


def _when(cause: AccessCause) -> int:
    """All of a company's and its provider's events have one order."""
    return cause.position.position


_FOLDS: dict[type[Event], Callable[..., None]] = {
    PortalActivated: History._portal_on,
    PortalDeactivated: History._portal_off,
    ContactAdded: History._contact,
    ContactUpdated: History._contact,
    AccountActivated: History._account,
    ContactRemoved: History._contact_gone,
    ContactErased: History._contact_gone,
    SiteAdded: History._site,
    SiteUpdated: History._site,
    SiteRemoved: History._site_gone,
    RequestSubmitted: History._request,
    DocumentPublished: History._document,
    DocumentWithdrawn: History._document_gone,
}
