"""From a company to its main contact's account: inviting, sending again, looking, accepting."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from uuid_utils.compat import uuid7

from services.invitation import access, accounts, domain, invitations, passwords
from services.invitation.company import COMPANY, PROVIDER
from services.invitation.domain import INVITATION, Invitation
from shared.contracts.invitation import InvitationCheck, InvitationConditions, InvitedResult
from shared.contracts.values import CallerKind
from shared.eventlog.unit import Stream, Unit, unit_of_work


def invite(log: Unit, company_id: UUID, *, now: datetime) -> InvitedResult:
    """Invite the main contact; raises what `domain.invitee` and `domain.invite` do, and NotFound."""
    invitations.hold(log, company_id)
    company = log.stream(COMPANY, company_id)
    portal = access.portal(log, company.provider_id)
    person = domain.invitee(portal.state_or_none, company.state)
    invitations.end_open(log, company_id)
    invitation = log.new(INVITATION, uuid7(), provider_id=company.provider_id, company_id=company_id)
    invitation.create(
        domain.invite,
        company=company.state,
        invitation_id=invitation.id,
        person=person,
        has_account=accounts.exists_for(log.connection, person.id),
        now=now,
    )
    invitations.add(log, invitation.state, company.provider_id)
    return _result(invitation)


def conditions(log: Unit, company_id: UUID) -> InvitationConditions:
    """What is missing for inviting the main contact, and whether there is nothing to invite to any more."""
    company = log.stream(COMPANY, company_id)
    portal = access.portal(log, company.provider_id).state_or_none
    main = company.state.main_contact
    return InvitationConditions(
        missing=domain.missing(portal, company.state),
        has_account=main is not None and accounts.exists_for(log.connection, main.id),
    )


def resend(log: Unit, invitation: Stream[Invitation], *, now: datetime) -> InvitedResult:
    """Have a held invitation sent once more, for another two weeks; the link sent before ends at once.

    Raises what `domain.invitee` does, and InvalidTransition.
    """
    domain.must_not_have_ended(invitations.as_it_stands(log, invitation))
    company = log.stream(COMPANY, invitation.state.company_id)
    domain.invitee(access.portal(log, company.provider_id).state_or_none, company.state)
    invitation.decide(domain.resend, now=now)
    invitations.end_token(log, invitation.id)
    return _result(invitation)


def check(log: Unit, token: str, *, now: datetime) -> InvitationCheck:
    """What an invitation is for. Raises NotFound."""
    invitation = invitations.by_token(log, token)
    return InvitationCheck(
        state=invitations.as_it_stands(log, invitation).state_at(now),
        company_name=log.stream(COMPANY, invitation.state.company_id).state.name,
        provider_name=log.stream(PROVIDER, invitation.provider_id).state.name,
        email=invitation.state.email,
    )


def accept(log: Unit, token: str, password: str, *, now: datetime) -> Row[Any]:
    """Turn an invitation into an account.

    Raises NotFound, InvalidTransition, PortalNotActive, ValidationFailed, Conflict.
    """
    with unit_of_work(log.engine, log.scope) as look:
        personal = _personal_words(look, _acceptable(look, token, now))
    # With nothing held: whoever else has to do with the company's invitations would wait for it.
    password_hash = passwords.hash_of_new(password, personal=personal)
    invitation = _acceptable(log, token, now, held=True)
    account_id, invited = uuid7(), invitation.state
    invitation.decide(domain.accept, account_id=account_id, now=now)
    return accounts.add(
        log.connection,
        {
            "account_id": account_id,
            "kind": CallerKind.CUSTOMER,
            "provider_id": invitation.provider_id,
            "company_id": invited.company_id,
            "contact_id": invited.contact_id,
            "email": invited.email,
            "password_hash": password_hash,
        },
    )


def _acceptable(log: Unit, token: str, now: datetime, *, held: bool = False) -> Stream[Invitation]:
    """The invitation, if it can be accepted. Raises NotFound, InvalidTransition, PortalNotActive."""
    invitation = invitations.by_token(log, token, held=held)
    domain.must_be_open(invitations.as_it_stands(log, invitation), now)
    if (switched_off := access.closed(log, invitation.provider_id)) is not None:
        raise switched_off
    return invitation


def _personal_words(log: Unit, invitation: Stream[Invitation]) -> list[str]:
    invited = invitation.state
    return access.personal_words(
        log,
        invitation.provider_id,
        invited.email,
        company_id=invited.company_id,
        contact_id=invited.contact_id,
    )


def _result(invitation: Stream[Invitation]) -> InvitedResult:
    return InvitedResult(invitation_id=invitation.id, expires_at=invitation.state.expires_at)
