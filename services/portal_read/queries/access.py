"""Reads a company's history for what staff ask of it: who could see what, and when."""

from collections.abc import Iterator
from uuid import UUID

from services.portal_read.access import History
from shared.contracts import cursor as cursors
from shared.contracts.errors import NotFound
from shared.contracts.portal_read import SeenThing, SeenThings, ThingKind, Viewer
from shared.eventlog import log
from shared.eventlog.unit import Unit


def history(unit: Unit, provider_id: UUID, company_id: UUID) -> History:
    """Who could see what of one of the provider's companies. Raises NotFound."""
    own = list(log.company_history(unit.connection, company_id))
    if not own or own[0].provider_id != provider_id:
        raise NotFound("company")
    both = [*own, *log.read_provider(unit.connection, provider_id)]
    return History(sorted(both, key=lambda recorded: recorded.position))


def viewers(found: History, kind: ThingKind, id_: UUID) -> list[Viewer]:
    """The company's contacts, and when each could see this. Raises NotFound."""
    thing = found.things.get((kind, id_))
    if thing is None:
        raise NotFound(kind.value)
    return [
        Viewer(contact_id=contact_id, name=contact.name, spans=found.seen_by(contact_id, thing))
        for contact_id, contact in found.contacts.items()
    ]


def seen(found: History, contact_id: UUID, cursor: str | None) -> SeenThings:
    """A page of what a contact, perhaps one who was removed, could see at any time. Raises NotFound."""
    contact = found.contacts.get(contact_id)
    if contact is None:
        raise NotFound("contact")
    things = sorted(_seen(found, contact_id), key=_key, reverse=True)
    after = cursors.decode(cursor, 2)
    rest = [thing for thing in things if after is None or _key(thing) < tuple(after)]
    page = cursors.page(rest[: cursors.PAGE + 1], [_key(thing) for thing in rest])
    return SeenThings(name=contact.name, **page)


def _seen(found: History, contact_id: UUID) -> Iterator[SeenThing]:
    for (kind, id_), thing in found.things.items():
        if spans := found.seen_by(contact_id, thing):
            yield SeenThing(thing=kind, thing_id=id_, name=thing.name, spans=spans)


def _key(thing: SeenThing) -> tuple[str, str]:
    return f"{thing.spans[-1].since.position.position:020}", str(thing.thing_id)
