"""What erasing a person takes, what stays, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Engine, select

from services.documents.tables import documents
from shared.contracts.customers import ContactAdded
from shared.contracts.declare import ERASED
from shared.contracts.documents import AttachmentStored, DocumentKind
from shared.contracts.invitation import AccountActivated
from shared.eventlog.tables import events
from shared.eventlog.traces import Trace, traces

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
