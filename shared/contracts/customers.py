"""What `customers` publishes and answers: providers, companies, contacts, sites, equipment."""

from dataclasses import MISSING
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marshmallow import validate

from shared.contracts.declare import ABSENT, Event, declared, event, message, personal, text
from shared.contracts.values import (
    ADDRESS_CHARACTERS,
    EMAIL,
    NAME_CHARACTERS,
    Language,
    Listing,
    Page,
    phone,
)

EMAIL_CHARACTERS = 254
NUMBER_CHARACTERS = 40
# What people have noted may be odd, and inviting checks it; this is only what no address can be without.
_NOTED_EMAIL = validate.Regexp(
    r"^[^\s@]+@\S*$", error="An e-mail address has an @ and no blanks, such as maria.huber@example.com."
)
_AT_ONCE = validate.Length(max=200)
_LATITUDE = validate.Range(min=-90, max=90)
_LONGITUDE = validate.Range(min=-180, max=180)


def _noted_email(*, default: Any = MISSING) -> Any:
    return declared(validate.Length(min=1, max=EMAIL_CHARACTERS), _NOTED_EMAIL, lines=False, default=default)


@event("provider_registered")
class ProviderRegistered(Event):
    provider_id: UUID
    name: str = text(maximum=NAME_CHARACTERS)
    email: str = personal("provider_id")
    phone: str | None = personal("provider_id", default=None)
    address: str | None = personal("provider_id", default=None)
    language: Language = Language.GERMAN


@event("provider_updated")
class ProviderUpdated(Event):
    """The provider as it is now, whole."""

    provider_id: UUID
    name: str = text(maximum=NAME_CHARACTERS)
    email: str = personal("provider_id")
    phone: str | None = personal("provider_id", default=None)
    address: str | None = personal("provider_id", default=None)
    language: Language = Language.GERMAN


@event("company_registered")
class CompanyRegistered(Event):
    company_id: UUID
    name: str = personal("company_id")
    number: str | None = None


@event("company_updated")
class CompanyUpdated(Event):
    """The company as it is now, whole."""

    company_id: UUID
    name: str = personal("company_id")
    number: str | None = None


@event("contact_added")
class ContactAdded(Event):
    company_id: UUID
    contact_id: UUID
    first_name: str = personal("contact_id")
    last_name: str = personal("contact_id")
    email: str | None = personal("contact_id")
    phone: str | None = personal("contact_id", default=None)
    notifications_enabled: bool = False
    language: Language = Language.GERMAN


@event("contact_updated")
class ContactUpdated(Event):
    """The contact as it is now, whole."""

    company_id: UUID
    contact_id: UUID
    first_name: str = personal("contact_id")
    last_name: str = personal("contact_id")
    email: str | None = personal("contact_id")
    phone: str | None = personal("contact_id", default=None)
    notifications_enabled: bool = False
    language: Language = Language.GERMAN


@event("contact_removed")
class ContactRemoved(Event):
    company_id: UUID
    contact_id: UUID


@event("contact_erased")
class ContactErased(Event):
    """The person is gone for ever, and of what was recorded of them nothing can be read any more.

    Whoever keeps something of the person has to erase it now. A company whose main contact it was has none.
    """

    company_id: UUID
    contact_id: UUID
    was_main_contact: bool


@event("main_contact_set")
class MainContactSet(Event):
    company_id: UUID
    contact_id: UUID


@event("site_added")
class SiteAdded(Event):
    site_id: UUID
    company_id: UUID
    name: str = personal("company_id")
    address: str = personal("company_id")
    latitude: float | None = personal("company_id", default=None)
    longitude: float | None = personal("company_id", default=None)


@event("site_updated")
class SiteUpdated(Event):
    """The site as it is now, whole."""

    site_id: UUID
    company_id: UUID
    name: str = personal("company_id")
    address: str = personal("company_id")
    latitude: float | None = personal("company_id", default=None)
    longitude: float | None = personal("company_id", default=None)


@event("site_removed")
class SiteRemoved(Event):
    site_id: UUID


@event("equipment_added")
class EquipmentAdded(Event):
    equipment_id: UUID
    site_id: UUID
    name: str = text(maximum=NAME_CHARACTERS)
    manufacturer: str | None = None
    model: str | None = None
    serial_number: str | None = None
    installed_on: date | None = None


@event("equipment_updated")
class EquipmentUpdated(Event):
    """The equipment as it is now, whole."""

    equipment_id: UUID
    site_id: UUID
    name: str = text(maximum=NAME_CHARACTERS)
    manufacturer: str | None = None
    model: str | None = None
    serial_number: str | None = None
    installed_on: date | None = None


@event("equipment_removed")
class EquipmentRemoved(Event):
    equipment_id: UUID


@message
class RegisterProvider:
    name: str = text(maximum=NAME_CHARACTERS)
    email: str = declared(EMAIL, lines=False)
    phone: str | None = phone()
    address: str | None = text(maximum=ADDRESS_CHARACTERS, lines=True, default=None)
    language: Language = Language.GERMAN


@message
class ProviderRegisteredResult:
    provider_id: UUID


@message
class UpdateProvider:
    """What is left out stays as it is; None takes a value away, where there may be none."""

    name: str = text(maximum=NAME_CHARACTERS, default=ABSENT)
    email: str = declared(EMAIL, lines=False, default=ABSENT)
    phone: str | None = phone(default=ABSENT)
    address: str | None = text(maximum=ADDRESS_CHARACTERS, lines=True, default=ABSENT)
    language: Language = ABSENT


@message
class ProviderView:
    provider_id: UUID
    name: str
    email: str
    phone: str | None
    address: str | None
    language: Language


@message
class RegisterCompany:
    name: str = text(maximum=NAME_CHARACTERS)
    number: str | None = text(maximum=NUMBER_CHARACTERS, default=None)


@message
class CompanyRegisteredResult:
    company_id: UUID


@message
class UpdateCompany:
    company_id: UUID
    name: str = text(maximum=NAME_CHARACTERS, default=ABSENT)
    number: str | None = text(maximum=NUMBER_CHARACTERS, default=ABSENT)


@message
class ListCompanies(Listing):
    """`search` finds the beginnings of words of a company's name and number, and of its contacts' names and
    e-mail addresses; all words given must be found.
    """

    search: str | None = text(maximum=NAME_CHARACTERS, default=None)


@message
class CompanySummary:
    company_id: UUID
    name: str
    number: str | None


@message
class CompanyPage(Page):
    items: list[CompanySummary]


@message
class CompanyById:
    company_id: UUID


@message
class NamesOf:
    """Up to 200 ids of each kind."""

    company_ids: list[UUID] = declared(_AT_ONCE, default=[])
    site_ids: list[UUID] = declared(_AT_ONCE, default=[])
    equipment_ids: list[UUID] = declared(_AT_ONCE, default=[])


@message
class AddContact:
    company_id: UUID
    first_name: str = text(maximum=NAME_CHARACTERS)
    last_name: str = text(maximum=NAME_CHARACTERS)
    email: str | None = _noted_email()
    phone: str | None = phone()
    notifications_enabled: bool = False
    language: Language = Language.GERMAN


@message
class ContactAddedResult:
    contact_id: UUID


@message
class UpdateContact:
    """What is left out stays as it is. Customers may change their own contact, all but the e-mail address."""

    contact_id: UUID
    first_name: str = text(maximum=NAME_CHARACTERS, default=ABSENT)
    last_name: str = text(maximum=NAME_CHARACTERS, default=ABSENT)
    email: str | None = _noted_email(default=ABSENT)
    phone: str | None = phone(default=ABSENT)
    notifications_enabled: bool = ABSENT
    language: Language = ABSENT


@message
class ContactById:
    contact_id: UUID


@message
class ContactErasedResult:
    """`erased_at` is when that was first done."""

    company_id: UUID
    erased_at: datetime


@message
class ListPersonalData(Listing):
    pass


@message
class PersonalDataEntry:
    """Something that happened and that names the person, with all that was recorded of it."""

    recorded_at: datetime
    service: str
    type: str
    data: dict[str, Any]


@message
class PersonalDataPage(Page):
    """In the order in which it happened."""

    items: list[PersonalDataEntry]


@message
class SetMainContact:
    company_id: UUID
    contact_id: UUID


@message
class AddSite:
    company_id: UUID
    name: str = text(maximum=NAME_CHARACTERS)
    address: str = text(maximum=ADDRESS_CHARACTERS, lines=True)
    latitude: float | None = declared(_LATITUDE, default=None)
    longitude: float | None = declared(_LONGITUDE, default=None)


@message
class SiteAddedResult:
    site_id: UUID


@message
class UpdateSite:
    """What is left out stays as it is."""

    site_id: UUID
    name: str = text(maximum=NAME_CHARACTERS, default=ABSENT)
    address: str = text(maximum=ADDRESS_CHARACTERS, lines=True, default=ABSENT)
    latitude: float | None = declared(_LATITUDE, default=ABSENT)
    longitude: float | None = declared(_LONGITUDE, default=ABSENT)


@message
class SiteById:
    site_id: UUID


@message
class AddEquipment:
    site_id: UUID
    name: str = text(maximum=NAME_CHARACTERS)
    manufacturer: str | None = text(maximum=NAME_CHARACTERS, default=None)
    model: str | None = text(maximum=NAME_CHARACTERS, default=None)
    serial_number: str | None = text(maximum=NAME_CHARACTERS, default=None)
    installed_on: date | None = None


@message
class EquipmentAddedResult:
    equipment_id: UUID


@message
class UpdateEquipment:
    """What is left out stays as it is."""

    equipment_id: UUID
    name: str = text(maximum=NAME_CHARACTERS, default=ABSENT)
    manufacturer: str | None = text(maximum=NAME_CHARACTERS, default=ABSENT)
    model: str | None = text(maximum=NAME_CHARACTERS, default=ABSENT)
    serial_number: str | None = text(maximum=NAME_CHARACTERS, default=ABSENT)
    installed_on: date | None = ABSENT


@message
class EquipmentById:
    equipment_id: UUID


@message
class ContactView:
    contact_id: UUID
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    notifications_enabled: bool
    language: Language


@message
class SiteView:
    site_id: UUID
    name: str
    address: str
    latitude: float | None
    longitude: float | None


@message
class EquipmentView:
    equipment_id: UUID
    site_id: UUID
    name: str
    manufacturer: str | None
    model: str | None
    serial_number: str | None
    installed_on: date | None


@message
class Named:
    id: UUID
    name: str


@message
class Names:
    """What is there of what was asked for, in that order."""

    companies: list[Named]
    sites: list[Named]
    equipment: list[Named]


@message
class CompanyView:
    """A company with all that belongs to it."""

    company_id: UUID
    name: str
    number: str | None
    main_contact_id: UUID | None
    contacts: list[ContactView]
    sites: list[SiteView]
    equipment: list[EquipmentView]
