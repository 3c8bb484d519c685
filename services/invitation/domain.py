"""Rules of the portal's activation and of invitations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from email_validator import EmailNotValidError, validate_email

from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
    ContactRemoved,
    ContactUpdated,
    MainContactSet,
    ProviderRegistered,
    ProviderUpdated,
)
from shared.contracts.declare import Event
from shared.contracts.errors import (
    AlreadyActive,
    InvalidEmail,
    InvalidTransition,
    NoMainContact,
    NotificationsDisabled,
    PortalNotActive,
)
from shared.contracts.invitation import (
    AccountActivated,
    CustomerInvited,
    InvitationRevoked,
    InvitationState,
    PortalActivated,
    PortalDeactivated,
)
from shared.contracts.stream import StreamType

INVITATION_LIFETIME = timedelta(days=14)
_PORTALS = UUID("3d8f6f0e-9c0f-5b0b-8a51-6f1f3d1a7c11")


@dataclass(frozen=True)
class Portal:
    """The plugin “Kundenportal” of one provider."""

    active: bool


@dataclass(frozen=True)
class Person:
    """What an invitation needs to know of a contact."""

    id: UUID
    email: str | None
    notifications_enabled: bool


@dataclass(frozen=True)
class Company:
    """What an invitation needs to know of a company."""

    id: UUID
    name: str
    people: Mapping[UUID, Person] = field(default_factory=dict)
    main_contact_id: UUID | None = None


@dataclass(frozen=True)
class Provider:
    id: UUID
    name: str


@dataclass(frozen=True)
class Invitation:
    id: UUID
    company_id: UUID
    contact_id: UUID
    email: str
    expires_at: datetime
    state: InvitationState = InvitationState.OPEN

    def state_at(self, now: datetime) -> InvitationState:
        """An open invitation runs out without an event saying so."""
        if self.state is InvitationState.OPEN and now >= self.expires_at:
            return InvitationState.EXPIRED
        return self.state


def portal_id_for(provider_id: UUID) -> UUID:
    """The stream of a provider's portal."""
    return uuid5(_PORTALS, str(provider_id))


def is_active(portal: Portal | None) -> bool:
    return portal is not None and portal.active


def activate(*, portal: Portal | None, provider_id: UUID) -> PortalActivated | None:
    return None if is_active(portal) else PortalActivated(provider_id=provider_id)


def deactivate(*, portal: Portal | None, provider_id: UUID) -> PortalDeactivated | None:
    return PortalDeactivated(provider_id=provider_id) if is_active(portal) else None


def invitee(portal: Portal | None, company: Company) -> Person:
    """The person to invite; raises the refusal that names the first thing missing."""
    if not is_active(portal):
        raise PortalNotActive()
    main = company.people.get(company.main_contact_id) if company.main_contact_id else None
    if main is None:
        raise NoMainContact()
    if not is_valid_email(main.email):
        raise InvalidEmail()
    if not main.notifications_enabled:
        raise NotificationsDisabled()
    return main


def invite(
    company: Company, *, invitation_id: UUID, person: Person, has_account: bool, now: datetime
) -> CustomerInvited:
    if has_account:
        raise AlreadyActive()
    return CustomerInvited(
        invitation_id=invitation_id,
        company_id=company.id,
        contact_id=person.id,
        email=str(person.email),
        expires_at=now + INVITATION_LIFETIME,
    )


def revoke(invitation: Invitation) -> InvitationRevoked | None:
    if invitation.state is InvitationState.ACCEPTED:
        raise InvalidTransition("The invitation has already been accepted.", state=invitation.state.value)
    return (
        None
        if invitation.state is InvitationState.REVOKED
        else InvitationRevoked(invitation_id=invitation.id)
    )


def accept(invitation: Invitation, *, account_id: UUID, now: datetime) -> AccountActivated:
    must_be_open(invitation, now)
    return AccountActivated(
        invitation_id=invitation.id,
        account_id=account_id,
        company_id=invitation.company_id,
        contact_id=invitation.contact_id,
        email=invitation.email,
    )


def must_be_open(invitation: Invitation, now: datetime) -> None:
    state = invitation.state_at(now)
    if state is not InvitationState.OPEN:
        raise InvalidTransition(f"The invitation is {state}; ask for a new one.", state=state.value)


def is_valid_email(email: str | None) -> bool:
    try:
        validate_email(email or "", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def evolve_portal(portal: Portal | None, event: Event) -> Portal | None:
    match event:
        case PortalActivated():
            return Portal(active=True)
        case PortalDeactivated():
            return Portal(active=False)
    return portal


def evolve_invitation(invitation: Invitation | None, event: Event) -> Invitation | None:
    if isinstance(event, CustomerInvited):
        return Invitation(
            event.invitation_id, event.company_id, event.contact_id, event.email, event.expires_at
        )
    if invitation is None:
        return None
    match event:
        case InvitationRevoked():
            return replace(invitation, state=InvitationState.REVOKED)
        case AccountActivated():
            return replace(invitation, state=InvitationState.ACCEPTED)
    return invitation


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
            person = Person(event.contact_id, event.email, event.notifications_enabled)
            return replace(company, people={**company.people, person.id: person})
        case ContactRemoved():
            left = {key: person for key, person in company.people.items() if key != event.contact_id}
            return replace(company, people=left)
        case MainContactSet():
            return replace(company, main_contact_id=event.contact_id)
    return company


PORTAL = StreamType("portal", evolve_portal)
INVITATION = StreamType("invitation", evolve_invitation)
PROVIDER = StreamType("provider", evolve_provider)
COMPANY = StreamType("company", evolve_company)
