"""What staff read of their provider's customers."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from services.customers import domain
from services.customers.tables import companies as companies_table
from services.customers.tables import equipment, sites
from shared.contracts import cursor as cursors
from shared.contracts.errors import NotFound
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Unit


def provider(log: Unit, provider_id: UUID) -> dict[str, Any]:
    """The provider with this id."""
    found = log.states(domain.PROVIDER, [provider_id], scope=Scope(provider_id))
    if not found:
        raise NotFound("provider")
    state = found[0][0]
    return {
        "provider_id": state.id,
        "name": state.name,
        "email": state.email,
        "phone": state.phone,
        "address": state.address,
    }


def companies(log: Unit, provider_id: UUID, *, search: str | None, cursor: str | None) -> dict[str, Any]:
    """A page of the provider's companies in the order of their names."""
    name = func.lower(companies_table.c.name)
    statement = (
        select(companies_table.c.company_id, name)
        .where(companies_table.c.provider_id == provider_id)
        .order_by(name, companies_table.c.company_id)
        .limit(cursors.PAGE + 1)
    )
    if search:
        statement = statement.where(name.contains(search.lower(), autoescape=True))
    if after := cursors.decode(cursor, 2):
        place = tuple_(after[0], cursors.as_id(after[1]))
        statement = statement.where(tuple_(name, companies_table.c.company_id) > place)
    rows = log.connection.execute(statement).all()
    states = log.states(domain.COMPANY, [row.company_id for row in rows])
    items = [{"company_id": state.id, "name": state.name, "number": state.number} for state, _ in states]
    return cursors.page(items, [(row[1], str(row.company_id)) for row in rows])


def company(log: Unit, company_id: UUID) -> dict[str, Any]:
    """A company with all that belongs to it."""
    state = log.stream(domain.COMPANY, company_id).state
    site_ids = log.connection.execute(select(sites.c.site_id).where(sites.c.company_id == company_id))
    equipment_ids = log.connection.execute(
        select(equipment.c.equipment_id).where(equipment.c.company_id == company_id)
    )
    return {
        "company_id": state.id,
        "name": state.name,
        "number": state.number,
        "main_contact_id": state.main_contact_id,
        "contacts": [_contact(contact) for contact in state.contacts.values()],
        "sites": [_site(site) for site, _ in log.states(domain.SITE, site_ids.scalars())],
        "equipment": [_equipment(item) for item, _ in log.states(domain.EQUIPMENT, equipment_ids.scalars())],
    }


def _contact(contact: domain.Contact) -> dict[str, Any]:
    return {
        "contact_id": contact.id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": contact.email,
        "phone": contact.phone,
        "notifications_enabled": contact.notifications_enabled,
    }


def _site(site: domain.Site) -> dict[str, Any]:
    return {
        "site_id": site.id,
        "name": site.name,
        "address": site.address,
        "latitude": site.latitude,
        "longitude": site.longitude,
    }


def _equipment(item: domain.Equipment) -> dict[str, Any]:
    return {
        "equipment_id": item.id,
        "site_id": item.site_id,
        "name": item.name,
        "manufacturer": item.manufacturer,
        "model": item.model,
        "serial_number": item.serial_number,
        "installed_on": item.installed_on,
    }
