"""RPC of `invitation`: activation of the portal, invitations, accounts, sign-in."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from services.invitation import domain, passwords, sessions
from services.invitation.tables import accounts, folded_email, invitations
from shared.contracts import invitation as contract
from shared.contracts.errors import Conflict, NotFound, PortalNotActive, Unauthenticated
from shared.contracts.values import CallerKind, Nothing
from shared.eventlog.unit import Stream, Unit
from shared.identity.caller import Caller
from shared.identity.keys import KeyRing, SigningKey
from shared.identity.tokens import now
from shared.messaging.call import Call
from shared.messaging.process import Settings
from shared.messaging.rpc import ANYONE, OPERATOR, SERVICE, STAFF, command, query

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
        portal = self._portal(self.caller.provider)
        portal.create(domain.activate, portal=portal.state_or_none, provider_id=self.caller.provider)

    @command(Nothing, allow=[STAFF])
    def deactivate_portal(self) -> None:
        """Switch the plugin off: customers can't sign in until it is on again. Nothing is lost."""
        portal = self._portal(self.caller.provider)
        portal.create(domain.deactivate, portal=portal.state_or_none, provider_id=self.caller.provider)

    @query(Nothing, allow=[STAFF])
    def portal_status(self) -> contract.PortalStatus:
        """Whether the plugin is on, and since when it is as it is."""
        portal = self._portal(self.caller.provider)
        since = portal.history[-1].recorded_at if portal.history else None
        return contract.PortalStatus(active=domain.is_active(portal.state_or_none), since=since)

    @command(contract.Invite, allow=[STAFF])
    def invite(self, company_id: UUID) -> contract.InvitedResult:
        """Invite a company's main contact; an open invitation of that contact ends.

        Raises NotFound, PortalNotActive, NoMainContact, InvalidEmail, NotificationsDisabled, AlreadyActive.
        """
        company = self.log.stream(domain.COMPANY, company_id).state
        person = domain.invitee(self._portal(self.caller.provider).state_or_none, company)
        self._end_open_invitations(person.id)
        invitation_id = uuid7()
        stream = self.log.new(
            domain.INVITATION, invitation_id, provider_id=self.caller.provider, company_id=company_id
        )
        stream.create(
            domain.invite,
            company=company,
            invitation_id=invitation_id,
            person=person,
            has_account=self._has_account(person.id),
            now=now(),
        )
        self.log.connection.execute(
            invitations.insert().values(
                invitation_id=invitation_id, company_id=company_id, contact_id=person.id
            )
        )
        return contract.InvitedResult(invitation_id=invitation_id, expires_at=stream.state.expires_at)

    @command(contract.InvitationById, allow=[STAFF])
    def revoke(self, invitation_id: UUID) -> None:
        """End an invitation. Raises NotFound, InvalidTransition when it was accepted."""
        self.log.stream(domain.INVITATION, invitation_id).decide(domain.revoke)

    @command(contract.InvitationById, allow=[SERVICE, OPERATOR], remember=False)
    def issue_token(self, invitation_id: UUID) -> contract.IssuedToken:
        """Make the secret of an open invitation, for the mail that carries it; the one before ends.

        Only its hash is kept. Raises NotFound, InvalidTransition.
        """
        invitation = self.log.stream(domain.INVITATION, invitation_id).state
        domain.must_be_open(invitation, now())
        token = sessions.new_token()
        self.log.connection.execute(
            update(invitations)
            .where(invitations.c.invitation_id == invitation_id)
            .values(token_hash=sessions.token_hash(token))
        )
        return contract.IssuedToken(token=token, email=invitation.email)

    @query(contract.CheckInvitation, allow=ANYONE)
    def check(self, token: str) -> contract.InvitationCheck:
        """What an invitation is for. Changes nothing: mail scanners follow links. Raises NotFound."""
        stream = self._by_token(token)
        company = self.log.stream(domain.COMPANY, stream.state.company_id).state
        provider = self.log.stream(domain.PROVIDER, stream.provider_id).state
        return contract.InvitationCheck(
            state=stream.state.state_at(now()),
            company_name=company.name,
            provider_name=provider.name,
            email=stream.state.email,
        )

    @command(contract.AcceptInvitation, allow=ANYONE)
    def accept(self, token: str, password: str) -> contract.Session:
        """Set the password of a new account and sign in.

        Raises NotFound, InvalidTransition, ValidationFailed for a weak password, PortalNotActive, Conflict
        when the address already has an account elsewhere.
        """
        stream = self._by_token(token)
        domain.must_be_open(stream.state, now())
        self._must_be_active(stream.provider_id)
        self._must_be_contact(stream.state.company_id, stream.state.contact_id)
        passwords.check_strength(password, personal=[stream.state.email])
        account_id = uuid7()
        stream.decide(domain.accept, account_id=account_id, now=now())
        account = self._add_account(
            {
                "account_id": account_id,
                "kind": CallerKind.CUSTOMER,
                "provider_id": stream.provider_id,
                "company_id": stream.company_id,
                "contact_id": stream.state.contact_id,
                "email": stream.state.email,
                "password_hash": passwords.hashed(password),
            }
        )
        return sessions.begin(self.log.connection, account, self._key, now=now())

    @command(contract.SignIn, allow=ANYONE)
    def sign_in(self, email: str, password: str) -> contract.Session:
        """Start a session. Raises Unauthenticated, the same for an unknown address and a wrong password."""
        account = self._account(email)
        if not passwords.matches(password, account.password_hash if account else None) or account is None:
            raise Unauthenticated(_WRONG)
        if account.kind == CallerKind.CUSTOMER:
            self._must_be_active(account.provider_id)
            self._must_be_contact(account.company_id, account.contact_id)
        if passwords.is_outdated(account.password_hash):
            self._rehash(account, password)
        return sessions.begin(self.log.connection, account, self._key, now=now())

    @command(contract.Refresh, allow=ANYONE)
    def refresh(self, refresh_token: str) -> contract.Session:
        """Renew a session; the token is changed for a new one. Raises Unauthenticated."""
        session = sessions.renew(self.log.connection, refresh_token, self._key, now=now())
        caller = session.caller
        if caller.company_id is not None and caller.contact_id is not None:
            self._must_be_active(caller.provider_id)
            self._must_be_contact(caller.company_id, caller.contact_id)
        return session

    @command(contract.Refresh, allow=ANYONE)
    def sign_out(self, refresh_token: str) -> None:
        """End a session; an unknown token changes nothing."""
        sessions.end(self.log.connection, refresh_token)

    @command(contract.RegisterStaff, allow=[OPERATOR], remember=False)
    def register_staff(self, provider_id: UUID, email: str, password: str) -> contract.StaffRegisteredResult:
        """Give a member of a provider's staff an account. Raises NotFound, ValidationFailed, Conflict."""
        self.log.stream(domain.PROVIDER, provider_id)
        passwords.check_strength(password, personal=[email])
        staff_id = uuid7()
        self._add_account(
            {
                "account_id": staff_id,
                "kind": CallerKind.STAFF,
                "provider_id": provider_id,
                "email": email,
                "password_hash": passwords.hashed(password),
            }
        )
        return contract.StaffRegisteredResult(staff_id=staff_id)

    @query(Nothing, allow=ANYONE)
    def keys(self) -> dict[str, Any]:
        """The public keys that callers' tokens are signed with, as JWKS."""
        return KeyRing(self.settings.keys).public()

    @property
    def _key(self) -> SigningKey:
        return SigningKey.load(self.settings.keys, "sessions")

    def _portal(self, provider_id: UUID) -> Stream[domain.Portal]:
        portal_id = domain.portal_id_for(provider_id)
        return self.log.find(domain.PORTAL, portal_id) or self.log.new(
            domain.PORTAL, portal_id, provider_id=provider_id
        )

    def _must_be_active(self, provider_id: UUID) -> None:
        if not domain.is_active(self._portal(provider_id).state_or_none):
            raise PortalNotActive()

    def _must_be_contact(self, company_id: UUID, contact_id: UUID) -> None:
        """Who was removed from the company has no access to it any more."""
        if contact_id not in self.log.stream(domain.COMPANY, company_id).state.people:
            raise Unauthenticated("You are no longer a contact of this company; ask your provider.")

    def _by_token(self, token: str) -> Stream[domain.Invitation]:
        invitation_id = self.log.connection.execute(
            select(invitations.c.invitation_id).where(invitations.c.token_hash == sessions.token_hash(token))
        ).scalar_one_or_none()
        if invitation_id is None:
            raise NotFound("invitation")
        return self.log.stream(domain.INVITATION, invitation_id)

    def _end_open_invitations(self, contact_id: UUID) -> None:
        ids = self.log.connection.execute(
            select(invitations.c.invitation_id).where(invitations.c.contact_id == contact_id)
        ).scalars()
        for invitation_id in ids.all():
            invitation = self.log.stream(domain.INVITATION, invitation_id)
            if invitation.state.state is contract.InvitationState.OPEN:
                invitation.decide(domain.revoke)

    def _has_account(self, contact_id: UUID) -> bool:
        return bool(
            self.log.connection.execute(select(exists().where(accounts.c.contact_id == contact_id))).scalar()
        )

    def _account(self, email: str) -> Row[Any] | None:
        if "\0" in email:
            return None  # PostgreSQL can't even be asked for such a text.
        return self.log.connection.execute(
            select(accounts).where(folded_email == email.strip().lower())
        ).one_or_none()

    def _add_account(self, values: dict[str, Any]) -> Row[Any]:
        """Insert an account; raises Conflict when its address, or its contact, has one already."""
        row = self.log.connection.execute(
            insert(accounts).values(values).on_conflict_do_nothing().returning(accounts)
        ).one_or_none()
        if row is None:
            raise Conflict("This e-mail address already has an account; sign in, or use another address.")
        return row

    def _rehash(self, account: Row[Any], password: str) -> None:
        self.log.connection.execute(
            update(accounts)
            .where(accounts.c.account_id == account.account_id)
            .values(password_hash=passwords.hashed(password))
        )
