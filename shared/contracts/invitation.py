"""What `invitation` publishes and answers: activation, invitations, accounts, sessions."""

import enum
from datetime import datetime
from uuid import UUID

from shared.contracts.declare import Event, declared, event, message, personal, secret
from shared.contracts.values import EMAIL, CallerKind


class InvitationState(enum.StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ACCEPTED = "accepted"


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


@message
class PortalStatus:
    active: bool
    since: datetime | None


@message
class Invite:
    company_id: UUID


@message
class InvitedResult:
    invitation_id: UUID
    expires_at: datetime


@message
class InvitationById:
    invitation_id: UUID


@message
class IssuedToken:
    """The secret of an invitation, for the mail that carries it; issuing one ends the one before."""

    token: str
    email: str


@message
class CheckInvitation:
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
    email: str = secret()
    password: str = secret()


@message
class Refresh:
    refresh_token: str = secret()


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
class RegisterStaff:
    provider_id: UUID
    email: str = declared(EMAIL, lines=False)
    password: str = secret()


@message
class StaffRegisteredResult:
    staff_id: UUID
