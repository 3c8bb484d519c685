"""Rules of providers, companies, contacts, sites and equipment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
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
from shared.contracts.declare import Event
from shared.contracts.errors import InvalidTransition, NotFound, ValidationFailed
from shared.contracts.stream import StreamType


@dataclass(frozen=True)
class Provider:
    id: UUID
    name: str
    email: str
    phone: str | None
    address: str | None


@dataclass(frozen=True)
class Contact:
    id: UUID
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    notifications_enabled: bool


@dataclass(frozen=True)
class Company:
    id: UUID
    name: str
    number: str | None
    contacts: Mapping[UUID, Contact] = field(default_factory=dict)
    main_contact_id: UUID | None = None


@dataclass(frozen=True)
class Site:
    id: UUID
    company_id: UUID
    name: str
    address: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class Equipment:
    id: UUID
    site_id: UUID
    name: str
    manufacturer: str | None
    model: str | None
    serial_number: str | None
    installed_on: date | None


def register_provider(provider_id: UUID, **details: Any) -> ProviderRegistered:
    return ProviderRegistered(provider_id=provider_id, **details)


def register_company(company_id: UUID, *, name: str, number: str | None) -> CompanyRegistered:
    return CompanyRegistered(company_id=company_id, name=name, number=number)


def add_contact(company: Company, *, contact_id: UUID, **details: Any) -> ContactAdded:
    return ContactAdded(company_id=company.id, contact_id=contact_id, **details)


def set_main_contact(company: Company, *, contact_id: UUID) -> MainContactSet | None:
    if contact_id not in company.contacts:
        raise NotFound("contact")
    if company.main_contact_id == contact_id:
        return None
    return MainContactSet(company_id=company.id, contact_id=contact_id)


def remove_contact(company: Company, *, contact_id: UUID) -> ContactRemoved:
    if contact_id not in company.contacts:
        raise NotFound("contact")
    if company.main_contact_id == contact_id:
        raise InvalidTransition("The main contact can't be removed; choose another main contact first.")
    return ContactRemoved(company_id=company.id, contact_id=contact_id)


def add_site(
    site_id: UUID, *, company_id: UUID, latitude: float | None, longitude: float | None, **details: Any
) -> SiteAdded:
    if (latitude is None) != (longitude is None):
        raise ValidationFailed({"latitude": ["Give both latitude and longitude, or neither."]})
    return SiteAdded(
        site_id=site_id, company_id=company_id, latitude=latitude, longitude=longitude, **details
    )


def add_equipment(equipment_id: UUID, *, site: Site, **details: Any) -> EquipmentAdded:
    return EquipmentAdded(equipment_id=equipment_id, site_id=site.id, **details)


def evolve_provider(provider: Provider | None, event: Event) -> Provider | None:
    match event:
        case ProviderRegistered() | ProviderUpdated():
            return Provider(event.provider_id, event.name, event.email, event.phone, event.address)
    return provider


def evolve_company(company: Company | None, event: Event) -> Company | None:
    if isinstance(event, CompanyRegistered):
        return Company(event.company_id, event.name, event.number)
    if company is None:
        return None
    match event:
        case CompanyUpdated():
            return replace(company, name=event.name, number=event.number)
        case ContactAdded() | ContactUpdated():
            return replace(company, contacts={**company.contacts, event.contact_id: _contact(event)})
        case ContactRemoved():
            left = {key: value for key, value in company.contacts.items() if key != event.contact_id}
            return replace(company, contacts=left)
        case MainContactSet():
            return replace(company, main_contact_id=event.contact_id)
    return company


def evolve_site(site: Site | None, event: Event) -> Site | None:
    match event:
        case SiteAdded() | SiteUpdated():
            return Site(
                event.site_id, event.company_id, event.name, event.address, event.latitude, event.longitude
            )
        case SiteRemoved():
            return None
    return site


def evolve_equipment(equipment: Equipment | None, event: Event) -> Equipment | None:
    match event:
        case EquipmentAdded() | EquipmentUpdated():
            return Equipment(
                event.equipment_id,
                event.site_id,
                event.name,
                event.manufacturer,
                event.model,
                event.serial_number,
                event.installed_on,
            )
        case EquipmentRemoved():
            return None
    return equipment


PROVIDER = StreamType("provider", evolve_provider)
COMPANY = StreamType("company", evolve_company)
SITE = StreamType("site", evolve_site)
EQUIPMENT = StreamType("equipment", evolve_equipment)


def _contact(event: ContactAdded | ContactUpdated) -> Contact:
    return Contact(
        event.contact_id,
        event.first_name,
        event.last_name,
        event.email,
        event.phone,
        event.notifications_enabled,
    )
