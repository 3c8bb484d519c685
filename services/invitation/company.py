"""What an invitation needs to know of a company, its contacts and its provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from shared.contracts.stream import StreamType


@dataclass(frozen=True)
class Person:
    """A contact of a company."""

    id: UUID
    first_name: str
    last_name: str
    email: str | None
    notifications_enabled: bool


@dataclass(frozen=True)
class Company:
    id: UUID
    name: str
    people: Mapping[UUID, Person] = field(default_factory=dict)
    main_contact_id: UUID | None = None

    @property
    def main_contact(self) -> Person | None:
        return self.people.get(self.main_contact_id) if self.main_contact_id else None


@dataclass(frozen=True)
class Provider:
    id: UUID
    name: str


def evolve_provider(provider: Provider | None, event: Event) -> Provider | None:
    match event:
        case ProviderRegistered() | ProviderUpdated():
            return Provider(event.provider_id, event.name)
    return provider


def evolve_company(company: Company | None, event: Event) -> Company | None:
    if isinstance(event, CompanyRegistered):
        return Company(event.company_id, event.name)
    if company is None:
        return None
    match event:
        case CompanyUpdated():
            return replace(company, name=event.name)
        case ContactAdded() | ContactUpdated():
            return replace(company, people={**company.people, event.contact_id: _person(event)})
        case ContactRemoved() | ContactErased():
            left = {key: person for key, person in company.people.items() if key != event.contact_id}
            was_main = company.main_contact_id == event.contact_id
            return replace(
                company, people=left, main_contact_id=None if was_main else company.main_contact_id
            )
        case MainContactSet():
            return replace(company, main_contact_id=event.contact_id)
    return company


PROVIDER = StreamType("provider", evolve_provider)
COMPANY = StreamType("company", evolve_company)


def _person(event: ContactAdded | ContactUpdated) -> Person:
    return Person(
        event.contact_id, event.first_name, event.last_name, event.email, event.notifications_enabled
    )
