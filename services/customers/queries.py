"""What is read of a provider's customers."""

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from sqlalchemy import select

from services.customers import domain, lists, places, search
from services.customers.tables import equipment, sites
from shared.contracts import cursor as cursors
from shared.contracts.customers import (
    CompanyPage,
    CompanySummary,
    CompanyView,
    ContactAdded,
    ContactView,
    EquipmentView,
    Named,
    Names,
    PersonalDataPage,
    ProviderView,
    SiteView,
)
from shared.contracts.declare import Event
from shared.contracts.errors import NotFound
from shared.disclosure.entries import entry_of
from shared.eventlog.log import company_history
from shared.eventlog.scope import Scope
from shared.eventlog.tables import events as log_events
from shared.eventlog.traces import traces
from shared.eventlog.unit import Unit

# With the longest descriptions, so many still go into one message.
ENTRIES_AT_ONCE = 15


def provider(log: Unit, provider_id: UUID) -> ProviderView:
    """The provider with this id."""
    found = log.states(domain.PROVIDER, [provider_id], scope=Scope(provider_id))
    if not found:
        raise NotFound("provider")
    state = found[0][0]
    return ProviderView(
        provider_id=state.id,
        name=state.name,
        email=state.email,
        phone=state.phone,
        address=state.address,
        language=state.language,
    )


def companies(log: Unit, provider_id: UUID, *, words: str | None, cursor: str | None) -> CompanyPage:
    """A page of the provider's companies in the order of their names."""
    rows = search.page(log.connection, provider_id, search=words, cursor=cursor)
    items = [CompanySummary(company_id=row.company_id, name=row.name, number=row.number) for row in rows]
    return CompanyPage(**cursors.page(items, [(row.sort_key, str(row.company_id)) for row in rows]))


def company(log: Unit, company_id: UUID) -> CompanyView:
    """A company with all that belongs to it."""
    state = log.stream(domain.COMPANY, company_id).state
    site_ids = log.connection.execute(
        select(sites.c.site_id).where(sites.c.company_id == company_id).order_by(sites.c.site_id)
    )
    equipment_ids = log.connection.execute(
        select(equipment.c.equipment_id)
        .where(equipment.c.company_id == company_id)
        .order_by(equipment.c.equipment_id)
    )
    return CompanyView(
        company_id=state.id,
        name=state.name,
        number=state.number,
        main_contact_id=state.main_contact_id,
        contacts=[_contact(contact) for contact in state.contacts.values()],
        sites=[_site(site) for site, _ in log.states(places.SITE, site_ids.scalars())],
        equipment=[_equipment(item) for item, _ in log.states(places.EQUIPMENT, equipment_ids.scalars())],
    )


def names(log: Unit, *, company_ids: list[UUID], site_ids: list[UUID], equipment_ids: list[UUID]) -> Names:
    """What these are called, those of others and removed ones left out."""
    return Names(
        companies=[
            Named(id=state.id, name=state.name) for state, _ in log.states(domain.COMPANY, company_ids)
        ],
        sites=[Named(id=state.id, name=state.name) for state, _ in log.states(places.SITE, site_ids)],
        equipment=[
            Named(id=state.id, name=state.name) for state, _ in log.states(places.EQUIPMENT, equipment_ids)
        ],
    )


def open_requests(log: Unit, site: places.Site) -> list[str]:
    """The numbers of the requests that still need the site, oldest first."""
    return places.open_requests(site.id, _of_requests(log, site.company_id))


def company_of(log: Unit, contact_id: UUID) -> UUID:
    """The company that has, or once had, this contact; for the latter the whole log is looked through.

    Raises NotFound.
    """
    if (company_id := lists.company_of(log.connection, contact_id)) is not None:
        return company_id
    named = log_events.c.payload["contact_id"].astext == str(contact_id)
    once = select(log_events.c.company_id).where(log_events.c.type == ContactAdded.type, named).limit(1)
    found: UUID | None = log.connection.execute(once).scalar_one_or_none()
    if found is None:
        raise NotFound("contact")
    return found


def personal_data(log: Unit, company_id: UUID, contact_id: UUID, *, cursor: str | None) -> PersonalDataPage:
    """A page of all that the log holds of a contact. Raises ValidationFailed."""
    behind = cursors.decode(cursor, 1)
    after = cursors.as_number(behind[0]) if behind else 0
    found = traces(log.connection, company_id, contact_id, after=after)
    rows = [trace.recorded for trace in islice(found, ENTRIES_AT_ONCE + 1)]
    entries = [entry_of(recorded) for recorded in rows]
    keys = [(str(recorded.position),) for recorded in rows]
    return PersonalDataPage(**cursors.page(entries, keys, ENTRIES_AT_ONCE))


def _of_requests(log: Unit, company_id: UUID) -> Iterator[Event]:
    """The company's events of requests and orders, of which only the log knows."""
    history = company_history(log.connection, company_id)
    return (recorded.event for recorded in history if recorded.type in places.OF_REQUESTS)


def _contact(contact: domain.Contact) -> ContactView:
    return ContactView(
        contact_id=contact.id,
        first_name=contact.first_name,
        last_name=contact.last_name,
        email=contact.email,
        phone=contact.phone,
        notifications_enabled=contact.notifications_enabled,
        language=contact.language,
    )


def _site(site: places.Site) -> SiteView:
    return SiteView(
        site_id=site.id,
        name=site.name,
        address=site.address,
        latitude=site.latitude,
        longitude=site.longitude,
    )


def _equipment(item: places.Equipment) -> EquipmentView:
    return EquipmentView(
        equipment_id=item.id,
        site_id=item.site_id,
        name=item.name,
        manufacturer=item.manufacturer,
        model=item.model,
        serial_number=item.serial_number,
        installed_on=item.installed_on,
    )
