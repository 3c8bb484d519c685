"""What `invitation` publishes and answers: activation, invitations, accounts, sessions."""

import enum
from datetime import datetime
from uuid import UUID, uuid5

from marshmallow import validate

from shared.contracts.declare import Event, declared, event, message, personal, secret, text
from shared.contracts.values import EMAIL, CallerKind, Listing, Page

CLIENT_CHARACTERS = 100
_PORTALS = UUID("3d8f6f0e-9c0f-5b0b-8a51-6f1f3d1a7c11")


def portal_id_for(provider_id: UUID) -> UUID:
    """The stream that says whether a provider's portal is on."""
    return uuid5(_PORTALS, str(provider_id))


class InvitationState(enum.StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ACCEPTED = "accepted"


class CompanyAccess(enum.StrEnum):
    """How far a company's main contact has come into the portal."""

    NOT_INVITED = "not_invited"
    INVITED = "invited"
    EXPIRED = "expired"
    ACTIVE = "active"


@event("portal_activated")
class PortalActivated(Event):
    provider_id: UUID


@event("portal_deactivated")
class PortalDeactivated(Event):
    provider_id: UUID


@event("customer_invited")
class CustomerInvited(Event):
    invitation_id: UUID
    company_id: UUID
    contact_id: UUID
    email: str = personal("contact_id")
    expires_at: datetime


@event("invitation_resent")
class InvitationResent(Event):
    """The link that was sent before is good for nothing any more."""

    invitation_id: UUID
    company_id: UUID
    contact_id: UUID
    email: str = personal("contact_id")
    expires_at: datetime


@event("invitation_revoked")
class InvitationRevoked(Event):
    invitation_id: UUID


@event("account_activated")
class AccountActivated(Event):
    invitation_id: UUID
    account_id: UUID
    company_id: UUID
    contact_id: UUID
    email: str = personal("contact_id")


@event("password_reset_requested")
class PasswordResetRequested(Event):
    """Staff have an account without being a contact."""

    account_id: UUID
    contact_id: UUID | None = None


@event("password_changed")
class PasswordChanged(Event):
    account_id: UUID
    contact_id: UUID | None = None


@message
class PortalStatus:
    active: bool
    since: datetime | None


@message
class Invite:
    company_id: UUID


@message
class InvitationConditions:
    """`missing` holds the codes of the conditions that are not met; `has_account` says whether the main
    contact can sign in already.
    """

    missing: list[str]
    has_account: bool


@message
class Heard:
    """The same answer, whatever came of the call; the position does not tell it, either."""

    position: str = "0:0"


@message
class InvitedResult:
    invitation_id: UUID
    expires_at: datetime


@message
class InvitationById:
    invitation_id: UUID


@message
class ListInvitations(Listing):
    company_id: UUID | None = None
    state: InvitationState | None = None


@message
class InvitationView:
    invitation_id: UUID
    company_id: UUID
    contact_id: UUID
    email: str
    state: InvitationState
    invited_at: datetime
    expires_at: datetime
    accepted_at: datetime | None


@message
class InvitationPage(Page):
    items: list[InvitationView]


@message
class CompaniesAsked:
    """Up to 200 companies."""

    company_ids: list[UUID] = declared(validate.Length(max=200), default=[])


@message
class CompanyAccessView:
    """`since` when it is so: when the invitation was sent last or ran out, or the account was made."""

    company_id: UUID
    access: CompanyAccess
    since: datetime | None


@message
class CompanyAccesses:
    """Of the companies that are there, in the order asked for."""

    items: list[CompanyAccessView]


@message
class IssuedToken:
    """The secret of an invitation or a reset, for the mail that carries it; a new one ends the one before."""

    token: str
    email: str


@message
class CheckInvitation:
    token: str = secret()


@message
class RequestNewInvitation:
    token: str = secret()


@message
class InvitationCheck:
    state: InvitationState
    company_name: str
    provider_name: str
    email: str


@message
class AcceptInvitation:
    token: str = secret()
    password: str = secret()


@message
class SignIn:
    """`client` names where the attempt comes from: the browser's network address, as the gateway sees it.

    Attempts are slowed down per account and client, so that nobody is kept out by what others try.
    """

    email: str = secret()
    password: str = secret()
    client: str | None = text(maximum=CLIENT_CHARACTERS, default=None)


@message
class Refresh:
    refresh_token: str = secret()


@message
class RequestPasswordReset:
    email: str = secret()
    client: str | None = text(maximum=CLIENT_CHARACTERS, default=None)


@message
class AccountById:
    account_id: UUID


@message
class AccountView:
    """Staff are no contact of a company."""

    account_id: UUID
    kind: CallerKind
    provider_id: UUID
    company_id: UUID | None
    contact_id: UUID | None
    email: str


@message
class CheckReset:
    token: str = secret()


@message
class ResetCheck:
    email: str


@message
class ResetPassword:
    token: str = secret()
    password: str = secret()


@message
class ChangePassword:
    current: str = secret()
    new: str = secret()


@message
class CallerView:
    kind: CallerKind
    account_id: UUID
    provider_id: UUID
    company_id: UUID | None
    contact_id: UUID | None


@message
class Session:
    access_token: str
    refresh_token: str
    expires_at: datetime
    caller: CallerView


@message
class SessionView:
    """`used_at` is when the session was last renewed; `current` is the one that asks."""

    session_id: UUID
    started_at: datetime
    used_at: datetime
    current: bool


@message
class SessionPage(Page):
    items: list[SessionView]


@message
class SessionById:
    session_id: UUID


@message
class RegisterStaff:
    provider_id: UUID
    email: str = declared(EMAIL, lines=False)
    password: str = secret()


@message
class StaffRegisteredResult:
    staff_id: UUID
