"""Invitations as they stand now: finding and ending them.

Whoever decides about an invitation holds the invitations of its company, so that there is one open at most,
and of two who accept it at once the second one learns that it was accepted.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update

from services.invitation import domain
from services.invitation.company import COMPANY
from services.invitation.domain import INVITATION, Invitation
from services.invitation.tables import invitations
from services.invitation.tokens import new_token, token_hash
from shared.contracts.errors import NotFound
from shared.contracts.invitation import (
    CustomerInvited,
    InvitationResent,
    InvitationState,
)
from shared.eventlog.recorded import Recorded
from shared.eventlog.unit import Stream, Unit

SENT = (CustomerInvited.type, InvitationResent.type)


class Standing(NamedTuple):
    """An invitation as it stands now, and what was recorded of it."""

    invitation: Invitation
    history: Sequence[Recorded]

    @property
    def sent_at(self) -> datetime:
        """When it was sent last."""
        return _sent(self.history).recorded_at


def hold(log: Unit, company_id: UUID) -> None:
    """Have the invitations of a company to oneself until the commit."""
    log.hold(f"invitations of {company_id}")


def by_id(log: Unit, invitation_id: UUID) -> Stream[Invitation]:
    """The invitation, held. Raises NotFound."""
    company_id = log.connection.execute(
        select(invitations.c.company_id).where(invitations.c.invitation_id == invitation_id)
    ).scalar_one_or_none()
    if company_id is None:
        raise NotFound("invitation")
    hold(log, company_id)
    return log.stream(INVITATION, invitation_id)


def by_token(log: Unit, token: str, *, held: bool = False) -> Stream[Invitation]:
    """The invitation that the secret is for. Raises NotFound."""
    invitation_id, company_id = _ids(log, token)
    if held:
        hold(log, company_id)
        invitation_id, _ = _ids(log, token)
    return log.stream(INVITATION, invitation_id)


def as_it_stands(log: Unit, invitation: Stream[Invitation]) -> Invitation:
    """The invitation, revoked if it has lapsed, whether or not that was recorded yet."""
    company = log.stream(COMPANY, invitation.state.company_id)
    return _as_it_stands(invitation.state, invitation.history, company.history)


def issue_token(log: Unit, invitation_id: UUID) -> str:
    """Make the secret of an invitation; the one before ends."""
    token = new_token()
    _keep_hash(log, invitation_id, token_hash(token))
    return token


def end_token(log: Unit, invitation_id: UUID) -> None:
    """The link that was sent is good for nothing any more."""
    _keep_hash(log, invitation_id, None)


def add(log: Unit, invitation: Invitation, provider_id: UUID) -> None:
    """List a new invitation."""
    log.connection.execute(
        invitations.insert().values(
            invitation_id=invitation.id,
            provider_id=provider_id,
            company_id=invitation.company_id,
            contact_id=invitation.contact_id,
        )
    )


def end_open(log: Unit, company_id: UUID) -> None:
    """Revoke the invitation of a company that nobody has accepted yet; a newer one follows."""
    for invitation in _open(log, company_id):
        invitation.decide(domain.revoke)


def end_lapsed(log: Unit, company_id: UUID) -> None:
    """Revoke an invitation whose contact has lost the role, was removed or has another address.

    What counts is the company now and since the invitation, not the event that came in: that may be an old
    one, and the invitation a newer one.
    """
    hold(log, company_id)
    for invitation in _open(log, company_id):
        if as_it_stands(log, invitation).state is InvitationState.REVOKED:
            invitation.decide(domain.revoke)


def standing(log: Unit, invitation_ids: Sequence[UUID]) -> Iterator[Standing]:
    """These invitations as they stand now, in the order asked for; those of others are left out."""
    found = log.states(INVITATION, invitation_ids)
    companies = {
        company.id: history
        for company, history in log.states(COMPANY, {invitation.company_id for invitation, _ in found})
    }
    for invitation, history in found:
        yield Standing(_as_it_stands(invitation, history, companies[invitation.company_id]), history)


def _as_it_stands(
    invitation: Invitation, history: Sequence[Recorded], company: Sequence[Recorded]
) -> Invitation:
    """All events of a provider lie in one partition, so that their positions tell what came first."""
    sent = _sent(history).position
    before = COMPANY.fold(each.event for each in company if each.position < sent)
    return domain.as_it_stands(invitation, before, (each.event for each in company if each.position > sent))


def _sent(history: Sequence[Recorded]) -> Recorded:
    """When it was sent last."""
    return next(each for each in reversed(history) if each.type in SENT)


def _open(log: Unit, company_id: UUID) -> list[Stream[Invitation]]:
    """The company's invitations that were neither accepted nor revoked; they may have run out."""
    ids = log.connection.execute(
        select(invitations.c.invitation_id).where(invitations.c.company_id == company_id)
    ).scalars()
    streams = [log.stream(INVITATION, invitation_id) for invitation_id in ids.all()]
    return [stream for stream in streams if stream.state.state is InvitationState.OPEN]


def _ids(log: Unit, token: str) -> tuple[UUID, UUID]:
    """The invitation that the secret is for, and its company."""
    row = log.connection.execute(
        select(invitations.c.invitation_id, invitations.c.company_id).where(
            invitations.c.token_hash == token_hash(token)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("invitation")
    return row.invitation_id, row.company_id


def _keep_hash(log: Unit, invitation_id: UUID, kept: bytes | None) -> None:
    log.connection.execute(
        update(invitations).where(invitations.c.invitation_id == invitation_id).values(token_hash=kept)
    )
