"""What erasing a person takes, what stays and why, and whether every part of the portal is done with it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Engine, exists, func, select

from services.documents.tables import documents
from services.portal_read.projection import PORTAL
from shared.contracts.customers import ContactAdded, ContactErased
from shared.contracts.declare import ERASED
from shared.contracts.documents import AttachmentStored, DocumentKind
from shared.contracts.invitation import AccountActivated
from shared.contracts.portal_read import ResyncState
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.eventlog.recorded import Recorded
from shared.eventlog.tables import events, inbox, relay
from shared.eventlog.traces import Trace, traces
from shared.projections import verification, versions
from shared.projections.build import Unfoldable
from shared.projections.history import Owner

_INVOICES = "The provider must keep invoices for eight years (§ 14b UStG, § 147 AO); they name the company."
_DOCUMENTS = "They are the company's, and business letters to keep for six years (§ 257 HGB, § 147 AO)."
_IN_THE_CLEAR = "They were recorded before personal data was encrypted, and the log is never rewritten."
_FACTS = "They say that something was done, when and where; of the person they hold an id only."


class Contact(NamedTuple):
    id: UUID
    company_id: UUID
    provider_id: UUID


@dataclass(frozen=True)
class Part:
    """Something that is erased or kept: what, how much of it, which, and why it is kept."""

    what: str
    count: int
    which: Any = None
    reason: str | None = None

    @property
    def plain(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Plan:
    """What the log and the tables say of a contact; the same before and after the erasure."""

    contact: Contact
    erased: list[Part]
    kept: list[Part]
    event_ids: frozenset[UUID]


def find(engine: Engine, contact_id: UUID) -> Contact | None:
    """A contact, maybe one of long ago, for which the whole log is looked through."""
    named = events.c.payload["contact_id"].astext == str(contact_id)
    added = select(events.c.company_id, events.c.provider_id).where(events.c.type == ContactAdded.type, named)
    with engine.connect() as connection:
        row = connection.execute(added.limit(1)).one_or_none()
    return Contact(contact_id, row.company_id, row.provider_id) if row else None


def plan(engine: Engine, contact: Contact) -> Plan:
    """What to erase of a contact, and what to keep."""
    with engine.connect() as connection:
        found = list(traces(connection, contact.company_id, contact.id))
        listed = select(documents.c.kind, documents.c.number).where(
            documents.c.company_id == contact.company_id
        )
        published = connection.execute(listed.order_by(documents.c.number)).all()
    invoices = [row.number for row in published if row.kind == DocumentKind.INVOICE]
    others = [row.number for row in published if row.kind != DocumentKind.INVOICE]
    return Plan(
        contact,
        erased=list(_erased(found)),
        kept=[
            part
            for part in (
                Part("invoices", len(invoices), invoices, _INVOICES),
                Part("offers and service reports", len(others), others, _DOCUMENTS),
                Part("events without personal data", sum(not each.personal for each in found), None, _FACTS),
                _in_the_clear(found),
            )
            if part.count
        ],
        event_ids=frozenset(each.recorded.event_id for each in found if each.personal),
    )


def erasure(engine: Engine, contact: Contact) -> Recorded:
    """The event of the contact's erasure; raises LookupError where there is none."""
    with engine.connect() as connection:
        for trace in traces(connection, contact.company_id, contact.id):
            if trace.recorded.type == ContactErased.type:
                return trace.recorded
    raise LookupError(f"there is no {ContactErased.type} of {contact.id}")


def unfinished(engine: Engine, contact: Contact, erased: Recorded) -> list[str]:
    """What is still to be done after an erasure, a line each. Does not look at queues."""
    return [*_not_published(engine, erased), *_not_handled(engine, erased), *_view(engine, contact, erased)]


def _erased(found: Iterable[Trace]) -> Iterator[Part]:
    sealed = Counter(each.recorded.type for each in found if each.sealed)
    yield Part("events", sealed.total(), dict(sealed))
    for what, event in (("attachments", AttachmentStored), ("accounts", AccountActivated)):
        if count := sealed[event.type]:
            yield Part(what, count)


def _in_the_clear(found: Iterable[Trace]) -> Part:
    clear = Counter(each.recorded.type for each in found if _says_something(each))
    return Part("events in the clear", clear.total(), dict(clear), _IN_THE_CLEAR)


def _says_something(trace: Trace) -> bool:
    values = (trace.recorded.payload.get(name) for name in trace.personal)
    return not trace.sealed and any(value not in (None, ERASED) for value in values)


def _not_published(engine: Engine, erased: Recorded) -> Iterator[str]:
    with engine.connect() as connection:
        position = connection.execute(
            select(relay.c.position).where(relay.c.partition == erased.partition)
        ).scalar_one()
    if position < erased.position:
        yield f"The relay has not published {erased.at} yet; is it running?"


def _not_handled(engine: Engine, erased: Recorded) -> Iterator[str]:
    services = [name for name, types in SUBSCRIPTIONS.items() if erased.type in types]
    with engine.connect() as connection:
        for service in services:
            handled = exists().where(
                inbox.c.subscription == queue_name(service, erased.type),
                inbox.c.event_id == erased.event_id,
            )
            if not connection.execute(select(handled)).scalar():
                yield f"{service} has not erased what it holds yet; is it running?"


def _view(engine: Engine, contact: Contact, erased: Recorded) -> Iterator[str]:
    """Whether the customer's view is at the erasure, built anew since, and as the log says now."""
    for other in versions.listing(engine, PORTAL):
        if other.version != PORTAL.version:
            yield f"Version {other.version} of {PORTAL.name} has rows, too; portalctl projections drop it."
    owner = Owner(contact.company_id, contact.provider_id)
    checkpoints, resyncs = PORTAL.checkpoints, PORTAL.resyncs
    at_work = resyncs.c.state.in_([ResyncState.QUEUED, ResyncState.RUNNING])
    with engine.connect() as connection:
        position = connection.execute(
            select(checkpoints.c.position).where(checkpoints.c.partition == erased.partition)
        ).scalar_one()
        under_way = connection.execute(
            select(func.count()).where(resyncs.c.owner_id == owner.id, at_work)
        ).scalar_one()
    if position < erased.position or under_way:
        yield f"{PORTAL.name} has not built the company's view anew yet; is it running?"
        return
    try:
        if verification.verify(engine, PORTAL, owner):
            yield f"The view is not as the log says; portalctl projections rebuild --company {owner.id}"
    except Unfoldable as error:
        yield f"The company's view can't be built anew: {error}; mend the cause, then run this again."
