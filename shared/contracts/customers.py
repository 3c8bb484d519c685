"""What `customers` publishes and answers: providers, companies, contacts, sites, equipment."""

from datetime import date
from uuid import UUID

from marshmallow import validate

from shared.contracts.declare import Event, declared, event, message, personal, text
from shared.contracts.values import ADDRESS_CHARACTERS, EMAIL, NAME_CHARACTERS, Listing, phone

_EMAIL_CHARACTERS = 254
_LATITUDE = validate.Range(min=-90, max=90)
_LONGITUDE = validate.Range(min=-180, max=180)


@event("provider_registered")
class ProviderRegistered(Event):
    provider_id: UUID
    name: str = text(maximum=NAME_CHARACTERS)
    email: str = personal("provider_id")
    phone: str | None = personal("provider_id", default=None)
    address: str | None = personal("provider_id", default=None)


@event("provider_updated")
class ProviderUpdated(Event):
    """The provider as it is now, whole."""

    provider_id: UUID
    name: str = text(maximum=NAME_CHARACTERS)
    email: str = personal("provider_id")
    phone: str | None = personal("provider_id", default=None)
    address: str | None = personal("provider_id", default=None)


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


@event("contact_removed")
class ContactRemoved(Event):
    company_id: UUID
    contact_id: UUID


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


@message
class ProviderRegisteredResult:
    provider_id: UUID


@message
class RegisterCompany:
    name: str = text(maximum=NAME_CHARACTERS)
    number: str | None = text(maximum=40, default=None)


@message
class CompanyRegisteredResult:
    company_id: UUID


@message
class ListCompanies(Listing):
    search: str | None = text(maximum=NAME_CHARACTERS, default=None)


@message
class CompanyById:
    company_id: UUID


@message
class AddContact:
    company_id: UUID
    first_name: str = text(maximum=NAME_CHARACTERS)
    last_name: str = text(maximum=NAME_CHARACTERS)
    email: str | None = text(maximum=_EMAIL_CHARACTERS)
    phone: str | None = phone()
    notifications_enabled: bool = False


@message
class ContactAddedResult:
    contact_id: UUID


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
