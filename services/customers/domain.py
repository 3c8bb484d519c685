"""Rules of providers, companies and contacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
    ContactErased,
    ContactRemoved,
    ContactUpdated,
    MainContactSet,
    ProviderRegistered,
    ProviderUpdated,
)
from shared.contracts.declare import Event
from shared.contracts.errors import Forbidden, InvalidTransition, NotFound
from shared.contracts.stream import StreamType
from shared.contracts.values import Language


@dataclass(frozen=True)
class Provider:
    id: UUID
    name: str
    email: str
    phone: str | None
    address: str | None
    language: Language


@dataclass(frozen=True)
class Contact:
    id: UUID
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    notifications_enabled: bool
    language: Language


@dataclass(frozen=True)
class Company:
    id: UUID
    name: str
    number: str | None
    contacts: Mapping[UUID, Contact] = field(default_factory=dict)
    main_contact_id: UUID | None = None
    erased: frozenset[UUID] = frozenset()


def register_provider(provider_id: UUID, **details: Any) -> ProviderRegistered:
    return ProviderRegistered(provider_id=provider_id, **details)


def update_provider(provider: Provider, **changes: Any) -> ProviderUpdated | None:
    changed = replace(provider, **changes)
    if changed == provider:
        return None
    return ProviderUpdated(
        provider_id=changed.id,
        name=changed.name,
        email=changed.email,
        phone=changed.phone,
        address=changed.address,
        language=changed.language,
    )


def register_company(company_id: UUID, *, name: str, number: str | None) -> CompanyRegistered:
    return CompanyRegistered(company_id=company_id, name=name, number=number)


def update_company(company: Company, **changes: Any) -> CompanyUpdated | None:
    changed = replace(company, **changes)
    if changed == company:
        return None
    return CompanyUpdated(company_id=changed.id, name=changed.name, number=changed.number)


def add_contact(company: Company, *, contact_id: UUID, **details: Any) -> ContactAdded:
    return ContactAdded(company_id=company.id, contact_id=contact_id, **details)


def update_contact(company: Company, *, contact_id: UUID, **changes: Any) -> ContactUpdated | None:
    contact = _contact_of(company, contact_id)
    changed = replace(contact, **changes)
    if changed == contact:
        return None
    return ContactUpdated(
        company_id=company.id,
        contact_id=changed.id,
        first_name=changed.first_name,
        last_name=changed.last_name,
        email=changed.email,
        phone=changed.phone,
        notifications_enabled=changed.notifications_enabled,
        language=changed.language,
    )


def update_own_contact(company: Company, *, contact_id: UUID, **changes: Any) -> ContactUpdated | None:
    """What customers may change of themselves: all but the address that their provider reaches them at."""
    if "email" in changes:
        raise Forbidden("Only your provider can change your e-mail address; ask them to.")
    return update_contact(company, contact_id=contact_id, **changes)


def set_main_contact(company: Company, *, contact_id: UUID) -> MainContactSet | None:
    _contact_of(company, contact_id)
    if company.main_contact_id == contact_id:
        return None
    return MainContactSet(company_id=company.id, contact_id=contact_id)


def remove_contact(company: Company, *, contact_id: UUID) -> ContactRemoved:
    _contact_of(company, contact_id)
    if company.main_contact_id == contact_id:
        raise InvalidTransition("The main contact can't be removed; choose another main contact first.")
    return ContactRemoved(company_id=company.id, contact_id=contact_id)


def erase_contact(company: Company, *, contact_id: UUID) -> ContactErased | None:
    """Also of somebody who was removed before; the main contact's erasure leaves the company without one."""
    if contact_id in company.erased:
        return None
    return ContactErased(
        company_id=company.id,
        contact_id=contact_id,
        was_main_contact=company.main_contact_id == contact_id,
    )


def evolve_provider(provider: Provider | None, event: Event) -> Provider | None:
    match event:
        case ProviderRegistered() | ProviderUpdated():
            return Provider(
                event.provider_id, event.name, event.email, event.phone, event.address, event.language
            )
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
            return replace(company, contacts=_without(company, event.contact_id))
        case ContactErased():
            return replace(
                company,
                contacts=_without(company, event.contact_id),
                main_contact_id=None if event.was_main_contact else company.main_contact_id,
                erased=company.erased | {event.contact_id},
            )
        case MainContactSet():
            return replace(company, main_contact_id=event.contact_id)
    return company


PROVIDER = StreamType("provider", evolve_provider)
COMPANY = StreamType("company", evolve_company)


def _contact_of(company: Company, contact_id: UUID) -> Contact:
    contact = company.contacts.get(contact_id)
    if contact is None:
        raise NotFound("contact")
    return contact


def _without(company: Company, contact_id: UUID) -> Mapping[UUID, Contact]:
    return {key: contact for key, contact in company.contacts.items() if key != contact_id}


def _contact(event: ContactAdded | ContactUpdated) -> Contact:
    return Contact(
        event.contact_id,
        event.first_name,
        event.last_name,
        event.email,
        event.phone,
        event.notifications_enabled,
        event.language,
    )
