"""The provider, the company, its contacts, its sites and the equipment there.

What is removed keeps its name for the requests that it was in; contacts, who are people, go whole.
"""

from services.portal_read.folds import PORTAL, projects
from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
    ContactErased,
    ContactRemoved,
    ContactUpdated,
    EquipmentAdded,
    EquipmentRemoved,
    EquipmentUpdated,
    MainContactSet,
    ProviderRegistered,
    ProviderUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
from shared.projections.rows import Rows


@projects(ProviderRegistered, ProviderUpdated)
def provider(rows: Rows, event: ProviderRegistered | ProviderUpdated) -> None:
    rows.providers.insert(
        event.provider_id,
        name=event.name,
        email=event.email,
        phone=event.phone,
        address=event.address,
        language=event.language,
    )


@projects(CompanyRegistered)
def company_registered(rows: Rows, event: CompanyRegistered) -> None:
    rows.companies.insert(event.company_id, name=event.name, number=event.number, main_contact_id=None)


@projects(CompanyUpdated)
def company_updated(rows: Rows, event: CompanyUpdated) -> None:
    rows.companies.update(event.company_id, name=event.name, number=event.number)


@projects(MainContactSet)
def main_contact_set(rows: Rows, event: MainContactSet) -> None:
    rows.companies.update(event.company_id, main_contact_id=event.contact_id)


@projects(ContactAdded, ContactUpdated)
def contact(rows: Rows, event: ContactAdded | ContactUpdated) -> None:
    rows.contacts.insert(
        event.contact_id,
        first_name=event.first_name,
        last_name=event.last_name,
        email=event.email,
        phone=event.phone,
        notifications_enabled=event.notifications_enabled,
        language=event.language,
    )


@projects(ContactRemoved)
def contact_removed(rows: Rows, event: ContactRemoved) -> None:
    rows.contacts.delete(event.contact_id)


PORTAL.renews(ContactErased)


@projects(ContactErased)
def contact_erased(rows: Rows, event: ContactErased) -> None:
    """What else the rows hold of the person goes with the resync that this event asks for."""
    rows.contacts.delete(event.contact_id)
    if event.was_main_contact:
        rows.companies.update(event.company_id, main_contact_id=None)


@projects(SiteAdded, SiteUpdated)
def site(rows: Rows, event: SiteAdded | SiteUpdated) -> None:
    rows.sites.insert(
        event.site_id,
        name=event.name,
        address=event.address,
        latitude=event.latitude,
        longitude=event.longitude,
        removed=False,
    )


@projects(SiteRemoved)
def site_removed(rows: Rows, event: SiteRemoved) -> None:
    rows.sites.update(event.site_id, removed=True)


@projects(EquipmentAdded, EquipmentUpdated)
def equipment(rows: Rows, event: EquipmentAdded | EquipmentUpdated) -> None:
    rows.equipment.insert(
        event.equipment_id,
        site_id=event.site_id,
        name=event.name,
        manufacturer=event.manufacturer,
        model=event.model,
        serial_number=event.serial_number,
        installed_on=event.installed_on,
        removed=False,
    )


@projects(EquipmentRemoved)
def equipment_removed(rows: Rows, event: EquipmentRemoved) -> None:
    rows.equipment.update(event.equipment_id, removed=True)
