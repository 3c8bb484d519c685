"""RPC and subscriptions of `invitation`: activation of the portal, invitations, accounts, sessions."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from services.invitation import (
    access,
    accounts,
    activation,
    company_access,
    domain,
    invitations,
    inviting,
    queries,
    resets,
    sessions,
    throttle,
)
from shared.contracts import invitation as contract
from shared.contracts.customers import ContactErased, ContactRemoved, ContactUpdated, MainContactSet
from shared.contracts.errors import ConditionUnmet, InvalidTransition, NotFound, Unauthenticated
from shared.contracts.values import Listing, Nothing
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller
from shared.identity.keys import KeyRing, SigningKey
from shared.identity.tokens import now
from shared.messaging.call import Call
from shared.messaging.cloudevents import Received
from shared.messaging.process import Settings
from shared.messaging.rpc import ANYONE, CUSTOMER, OPERATOR, SERVICE, STAFF, command, query
from shared.messaging.subscription import subscribe

_WRONG = "E-mail address or password is wrong."


class InvitationService:
    """Staff invite a company's main contact; whoever holds the invitation's secret gets an account."""

    name = "invitation"

    log: Unit
    caller: Caller
    call: Call
    settings: Any = Settings()

    @command(Nothing, allow=[STAFF])
    def activate_portal(self) -> None:
        """Switch the plugin “Kundenportal” on; does nothing when it is on."""
        portal = access.portal(self.log, self.caller.provider)
        portal.create(activation.activate, portal=portal.state_or_none, provider_id=self.caller.provider)

    @command(Nothing, allow=[STAFF])
    def deactivate_portal(self) -> None:
        """Switch the plugin off: customers can't sign in until it is on again. Nothing is lost."""
        portal = access.portal(self.log, self.caller.provider)
        portal.create(activation.deactivate, portal=portal.state_or_none, provider_id=self.caller.provider)

    @query(Nothing, allow=[STAFF])
    def portal_status(self) -> contract.PortalStatus:
        """Whether the plugin is on, and since when it is as it is."""
        portal = access.portal(self.log, self.caller.provider)
        since = portal.history[-1].recorded_at if portal.history else None
        return contract.PortalStatus(active=activation.is_active(portal.state_or_none), since=since)

    @command(contract.Invite, allow=[STAFF])
    def invite(self, company_id: UUID) -> contract.InvitedResult:
        """Invite a company's main contact; an open invitation of the company ends.

        Raises NotFound, PortalNotActive, NoMainContact, InvalidEmail, NotificationsDisabled, AlreadyActive.
        The detail `missing` of the middle four holds the codes of all conditions that are not met.
        """
        return inviting.invite(self.log, company_id, now=now())

    @query(contract.Invite, allow=[STAFF])
    def conditions(self, company_id: UUID) -> contract.InvitationConditions:
        """Whether a company's main contact can be invited, and if not, why. Raises NotFound."""
        return inviting.conditions(self.log, company_id)

    @command(contract.InvitationById, allow=[STAFF])
    def resend(self, invitation_id: UUID) -> contract.InvitedResult:
        """Send an invitation again, also one that has run out, for 14 more days; the old link ends at once.

        Raises what `invite` does, and InvalidTransition for one that was revoked or accepted.
        """
        return inviting.resend(self.log, invitations.by_id(self.log, invitation_id), now=now())

    @command(contract.InvitationById, allow=[STAFF])
    def revoke(self, invitation_id: UUID) -> None:
        """End an invitation. Raises NotFound, InvalidTransition when it was accepted."""
        invitations.by_id(self.log, invitation_id).decide(domain.revoke)

    @query(contract.ListInvitations, allow=[STAFF])
    def invitations(self, **wanted: Any) -> contract.InvitationPage:
        """The provider's invitations, or a company's, newest first, as they stand now. Raises NotFound."""
        return queries.page(self.log, self.caller.provider, **wanted, now=now())

    @query(contract.CompaniesAsked, allow=[STAFF])
    def access_of(self, company_ids: list[UUID]) -> contract.CompanyAccesses:
        """How far companies have come into the portal; of what is not there, nothing."""
        return company_access.of(self.log, company_ids, now=now())

    @command(contract.InvitationById, allow=[SERVICE, OPERATOR], remember=False)
    def issue_token(self, invitation_id: UUID) -> contract.IssuedToken:
        """Make the secret of an open invitation, for the mail that carries it; the one before ends.

        Only its hash is kept. Raises NotFound, InvalidTransition.
        """
        invitation = invitations.by_id(self.log, invitation_id)
        domain.must_be_open(invitations.as_it_stands(self.log, invitation), now())
        token = invitations.issue_token(self.log, invitation_id)
        return contract.IssuedToken(token=token, email=invitation.state.email)

    @query(contract.CheckInvitation, allow=ANYONE)
    def check(self, token: str) -> contract.InvitationCheck:
        """What an invitation is for. Changes nothing: mail scanners follow links. Raises NotFound."""
        return inviting.check(self.log, token, now=now())

    @command(contract.RequestNewInvitation, allow=ANYONE)
    def request_new_invitation(self, token: str) -> contract.Heard:
        """Have an invitation that has run out sent again, to the same address; the answer is always the same.

        That ends the token, so that it is good for one mail only.
        """
        with suppress(NotFound, InvalidTransition, ConditionUnmet):
            invitation = invitations.by_token(self.log, token, held=True)
            domain.must_have_expired(invitation.state, now())
            inviting.resend(self.log, invitation, now=now())
        return contract.Heard()

    @command(contract.AcceptInvitation, allow=ANYONE)
    def accept(self, token: str, password: str) -> contract.Session:
        """Set the password of a new account and sign in.

        Raises NotFound, InvalidTransition, ValidationFailed for a weak password, PortalNotActive, Conflict
        when the address already has an account elsewhere.
        """
        account = inviting.accept(self.log, token, password, now=now())
        return sessions.begin(self.log.connection, account, self._key, now=now())

    @command(contract.SignIn, allow=ANYONE)
    def sign_in(self, email: str, password: str, client: str | None) -> contract.Session:
        """Start a session.

        Raises Unauthenticated, the same for an unknown address and a wrong password, TooManyAttempts,
        PortalNotActive.
        """
        counters = throttle.of_sign_in(accounts.folded(email), client)
        with throttle.counted(self.log.engine, counters, now=now()):
            account = accounts.verified(self.log.engine, accounts.has_address(email), password)
            if account is None:
                raise Unauthenticated(_WRONG)
        access.check(self.log, account)
        accounts.hold(self.log.connection, account)
        accounts.rehash_if_outdated(self.log.connection, account, password)
        return sessions.begin(self.log.connection, account, self._key, now=now())

    @command(contract.Refresh, allow=ANYONE)
    def refresh(self, refresh_token: str) -> contract.Session:
        """Renew a session; the token is changed for a new one. Raises Unauthenticated, PortalNotActive."""
        session = sessions.renew(self.log.connection, refresh_token, self._key, now=now())
        access.check(self.log, session.caller)
        return session

    @command(contract.Refresh, allow=ANYONE)
    def sign_out(self, refresh_token: str) -> None:
        """End a session; an unknown token changes nothing."""
        sessions.end(self.log.connection, refresh_token)

    @query(Listing, allow=[CUSTOMER, STAFF])
    def sessions(self, cursor: str | None) -> contract.SessionPage:
        """The caller's own sessions, newest first."""
        return sessions.page(self.log.connection, self.caller, cursor=cursor, now=now())

    @command(contract.SessionById, allow=[CUSTOMER, STAFF])
    def end_session(self, session_id: UUID) -> None:
        """End one of the caller's own sessions. Raises NotFound."""
        sessions.end_one(self.log.connection, self.caller.account_id, session_id)

    @command(contract.RequestPasswordReset, allow=ANYONE)
    def request_password_reset(self, email: str, client: str | None) -> contract.Heard:
        """Have a link sent that sets another password; the answer is always the same.

        Raises TooManyAttempts.
        """
        throttle.count(self.log.engine, throttle.of_reset(client), now=now())
        with resets.taking_as_long():
            resets.request(self.log, email, now=now())
        return contract.Heard()

    @command(contract.AccountById, allow=[SERVICE, OPERATOR], remember=False)
    def issue_reset_token(self, account_id: UUID) -> contract.IssuedToken:
        """Make the secret that resets a password, for the mail that carries it; the one before ends.

        Only its hash is kept. Raises NotFound, InvalidTransition when the account may not sign in.
        """
        return resets.issue_token(self.log, account_id, now=now())

    @query(contract.CheckReset, allow=ANYONE)
    def check_reset(self, token: str) -> contract.ResetCheck:
        """Whose password the token resets. Changes nothing. Raises NotFound, InvalidTransition."""
        return contract.ResetCheck(email=resets.by_token(self.log.engine, token, now=now()).email)

    @command(contract.ResetPassword, allow=ANYONE)
    def reset_password(self, token: str, password: str) -> None:
        """Set the password by the secret of a reset; all sessions of the account end.

        Raises NotFound, InvalidTransition, ValidationFailed, Conflict.
        """
        account = resets.by_token(self.log.engine, token, now=now())
        resets.set_password(self.log, account, password, field="password")
        sessions.end_all(self.log.connection, account.account_id)

    @command(contract.ChangePassword, allow=[CUSTOMER, STAFF], remember=False)
    def change_password(self, current: str, new: str) -> None:
        """Change the caller's own password; all other sessions end. Asked for again, it is done already.

        Raises ValidationFailed, TooManyAttempts, Conflict.
        """
        counters = throttle.of_session(self.caller.account_id, self.caller.session_id)
        with throttle.counted(self.log.engine, counters, now=now()):
            account = resets.verified(self.log.engine, self.caller.account_id, current, new)
        if account is None:
            return
        resets.set_password(self.log, account, new, field="new")
        sessions.end_all(self.log.connection, account.account_id, but=self.caller.session_id)

    @query(contract.AccountById, allow=[SERVICE])
    def account(self, account_id: UUID) -> contract.AccountView:
        """Whose account it is, and the address to write to. Raises NotFound."""
        return accounts.view(accounts.by_id(self.log.connection, account_id))

    @command(contract.RegisterStaff, allow=[OPERATOR], remember=False)
    def register_staff(self, provider_id: UUID, email: str, password: str) -> contract.StaffRegisteredResult:
        """Give a member of a provider's staff an account. Raises NotFound, ValidationFailed, Conflict."""
        staff_id = accounts.add_staff(self.log, provider_id, email, password)
        return contract.StaffRegisteredResult(staff_id=staff_id)

    @query(Nothing, allow=ANYONE)
    def keys(self) -> dict[str, Any]:
        """The public keys that callers' tokens are signed with, as JWKS."""
        return KeyRing(self.settings.keys).public()

    @subscribe(MainContactSet)
    def main_contact_was_set(self, event: MainContactSet, received: Received) -> None:  # noqa: ARG002
        """End the open invitation of who is no longer the main contact."""
        invitations.end_lapsed(self.log, event.company_id)

    @subscribe(ContactUpdated)
    def contact_was_updated(self, event: ContactUpdated, received: Received) -> None:  # noqa: ARG002
        """End the open invitation to an address, and its account, that is the contact's no longer."""
        invitations.end_lapsed(self.log, event.company_id)
        accounts.remove_lapsed(self.log, event.company_id)

    @subscribe(ContactErased)
    @subscribe(ContactRemoved)
    def contact_is_gone(self, event: ContactErased | ContactRemoved, received: Received) -> None:  # noqa: ARG002
        """End the open invitation, the account and the sessions of who is no contact any more."""
        invitations.end_lapsed(self.log, event.company_id)
        accounts.remove_lapsed(self.log, event.company_id)

    @property
    def _key(self) -> SigningKey:
        return SigningKey.load(self.settings.keys, "sessions")
