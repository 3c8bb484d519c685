"""Reading invitations: a page of them, as they stand now."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, and_, exists, select

from services.invitation.company import COMPANY
from services.invitation.invitations import SENT, Standing, standing
from services.invitation.tables import invitations
from shared.contracts import cursor as cursors
from shared.contracts.invitation import (
    AccountActivated,
    InvitationPage,
    InvitationRevoked,
    InvitationState,
    InvitationView,
)
from shared.eventlog.tables import events
from shared.eventlog.unit import Unit


def page(
    log: Unit,
    provider_id: UUID,
    *,
    company_id: UUID | None,
    state: InvitationState | None,
    cursor: str | None,
    now: datetime,
) -> InvitationPage:
    """A page of the provider's invitations, or of those of one company, newest first.

    With a state, of those alone that have it; a page may then be short. Raises NotFound.
    """
    if company_id is not None:
        log.stream(COMPANY, company_id)
    statement = (
        select(invitations.c.invitation_id)
        .where(invitations.c.provider_id == provider_id)
        .order_by(invitations.c.invitation_id.desc())
        .limit(cursors.PAGE + 1)
    )
    if company_id is not None:
        statement = statement.where(invitations.c.company_id == company_id)
    if state is not None:
        statement = statement.where(_recorded_as(state, now))
    if (before := cursors.decode_id(cursor)) is not None:
        statement = statement.where(invitations.c.invitation_id < before)
    ids = log.connection.execute(statement).scalars().all()
    views = [_view(each, now) for each in standing(log, ids)]
    found = InvitationPage(**cursors.page(views, [(str(invitation_id),) for invitation_id in ids]))
    # One that lapsed a moment ago is still recorded as open.
    return replace(found, items=[each for each in found.items if state in (None, each.state)])


def _recorded_as(state: InvitationState, now: datetime) -> ColumnElement[bool]:
    """The condition that an invitation has a state, as far as that was recorded: its last event tells it."""
    last = (
        select(events.c.type, events.c.payload)
        .where(events.c.stream_id == invitations.c.invitation_id)
        .order_by(events.c.version.desc())
        .limit(1)
        .correlate(invitations)
        .subquery()
    )
    expires_at = last.c.payload["expires_at"].astext.cast(DateTime(timezone=True))
    has_state = {
        InvitationState.OPEN: and_(last.c.type.in_(SENT), expires_at > now),
        InvitationState.EXPIRED: and_(last.c.type.in_(SENT), expires_at <= now),
        InvitationState.REVOKED: last.c.type == InvitationRevoked.type,
        InvitationState.ACCEPTED: last.c.type == AccountActivated.type,
    }
    return exists().select_from(last).where(has_state[state])


def _view(standing: Standing, now: datetime) -> InvitationView:
    invitation, history = standing
    accepted = (each.recorded_at for each in history if each.type == AccountActivated.type)
    return InvitationView(
        invitation_id=invitation.id,
        company_id=invitation.company_id,
        contact_id=invitation.contact_id,
        email=invitation.email,
        state=invitation.state_at(now),
        invited_at=history[0].recorded_at,
        expires_at=invitation.expires_at,
        accepted_at=next(accepted, None),
    )
