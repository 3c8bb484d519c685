"""Rules of invitations and of the accounts that come of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from services.invitation.activation import Portal, is_active
from services.invitation.company import Company, Person, evolve_company
from shared.contracts.declare import Event
from shared.contracts.errors import (
    AlreadyActive,
    ConditionUnmet,
    InvalidEmail,
    InvalidTransition,
    NoMainContact,
    NotificationsDisabled,
    PortalNotActive,
)
from shared.contracts.invitation import (
    AccountActivated,
    CompanyAccess,
    CustomerInvited,
    InvitationResent,
    InvitationRevoked,
    InvitationState,
    PasswordChanged,
    PasswordResetRequested,
)
from shared.contracts.stream import StreamType

INVITATION_LIFETIME = timedelta(days=14)
RESETS_AN_HOUR = 3


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

    def is_meant_for(self, company: Company | None) -> bool:
        """Whether the contact it was sent to is the company's main contact, with the same address."""
        main = company.main_contact if company else None
        return main is not None and main.id == self.contact_id and _same(main.email, self.email)


def access(has_account: bool, newest: Invitation | None, now: datetime) -> CompanyAccess:
    """How far a company has come whose main contact has an account or not, by its newest invitation."""
    if has_account:
        return CompanyAccess.ACTIVE
    match newest and newest.state_at(now):
        case InvitationState.OPEN:
            return CompanyAccess.INVITED
        case InvitationState.EXPIRED:
            return CompanyAccess.EXPIRED
    return CompanyAccess.NOT_INVITED


def missing(portal: Portal | None, company: Company) -> list[str]:
    """The codes of the conditions of inviting that are not met."""
    return [each.code for each in _unmet(portal, company.main_contact)]


def invitee(portal: Portal | None, company: Company) -> Person:
    """The person to invite.

    Raises the refusal that names the first condition that is not met; its detail `missing` names all of them.
    """
    for unmet in _unmet(portal, company.main_contact):
        raise unmet(missing=missing(portal, company))
    assert company.main_contact is not None
    return company.main_contact


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


def as_it_stands(invitation: Invitation, company: Company | None, since: Iterable[Event]) -> Invitation:
    """The invitation, revoked if it has lapsed.

    It lapses when its contact is no longer the main contact, was removed or has another address, be it for a
    moment: who became main contact again needs another invitation. `company` is the company when the
    invitation was sent, and `since` are its events after that.
    """
    if invitation.state is not InvitationState.OPEN:
        return invitation
    companies = _states(company, since)
    if all(invitation.is_meant_for(each) for each in companies):
        return invitation
    return replace(invitation, state=InvitationState.REVOKED)


def resend(invitation: Invitation, *, now: datetime) -> InvitationResent:
    must_not_have_ended(invitation)
    return InvitationResent(
        invitation_id=invitation.id,
        company_id=invitation.company_id,
        contact_id=invitation.contact_id,
        email=invitation.email,
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


def must_not_have_ended(invitation: Invitation) -> None:
    """Neither revoked nor accepted; it may have run out."""
    if invitation.state is not InvitationState.OPEN:
        raise _ended(invitation.state)


def must_be_open(invitation: Invitation, now: datetime) -> None:
    state = invitation.state_at(now)
    if state is not InvitationState.OPEN:
        raise _ended(state)


def must_have_expired(invitation: Invitation, now: datetime) -> None:
    if invitation.state_at(now) is not InvitationState.EXPIRED:
        raise InvalidTransition("The invitation has not run out.", state=invitation.state_at(now).value)


def request_reset(
    *, account_id: UUID, contact_id: UUID | None, requested: Sequence[datetime], now: datetime
) -> PasswordResetRequested | None:
    """Nothing where there were enough of them: others must not fill somebody's mailbox."""
    recent = [each for each in requested if now - each < timedelta(hours=1)]
    if len(recent) >= RESETS_AN_HOUR:
        return None
    return PasswordResetRequested(account_id=account_id, contact_id=contact_id)


def change_password(*, account_id: UUID, contact_id: UUID | None) -> PasswordChanged:
    return PasswordChanged(account_id=account_id, contact_id=contact_id)


def is_valid_email(email: str | None) -> bool:
    """Whether mail can be sent there; before the @ not every server knows more than ASCII."""
    try:
        validate_email(email or "", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return False
    return True


def evolve_invitation(invitation: Invitation | None, event: Event) -> Invitation | None:
    if isinstance(event, CustomerInvited):
        return Invitation(
            event.invitation_id, event.company_id, event.contact_id, event.email, event.expires_at
        )
    if invitation is None:
        return None
    match event:
        case InvitationResent():
            return replace(invitation, expires_at=event.expires_at)
        case InvitationRevoked():
            return replace(invitation, state=InvitationState.REVOKED)
        case AccountActivated():
            return replace(invitation, state=InvitationState.ACCEPTED)
    return invitation


def evolve_account(account: None, event: Event) -> None:
    """What happens to an account is recorded; what decides about it is kept in tables, with its password."""


INVITATION = StreamType("invitation", evolve_invitation)
ACCOUNT: StreamType[None] = StreamType("account", evolve_account)


def _states(company: Company | None, events: Iterable[Event]) -> Iterator[Company | None]:
    yield company
    for event in events:
        company = evolve_company(company, event)
        yield company


def _unmet(portal: Portal | None, main: Person | None) -> Iterator[type[ConditionUnmet]]:
    if not is_active(portal):
        yield PortalNotActive
    if main is None:
        yield NoMainContact
        return
    if not is_valid_email(main.email):
        yield InvalidEmail
    if not main.notifications_enabled:
        yield NotificationsDisabled


def _ended(state: InvitationState) -> InvalidTransition:
    accepted = state is InvitationState.ACCEPTED
    what_to_do = "sign in, or have the password reset" if accepted else "ask for a new one"
    return InvalidTransition(f"The invitation is {state}; {what_to_do}.", state=state.value)


def _same(address: str | None, other: str | None) -> bool:
    """Of a person who was erased there is no address any more, neither here nor there."""
    return bool(address and other) and str(address).casefold() == str(other).casefold()
