"""Reading requests: a page of them, or one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from services.requests import domain
from services.requests.tables import requests
from shared.contracts import cursor as cursors
from shared.contracts.requests import (
    RequestAccepted,
    RequestDeclined,
    RequestPage,
    RequestStatus,
    RequestView,
    RequestWithdrawn,
)
from shared.eventlog.recorded import Recorded
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller


def page(log: Unit, caller: Caller, *, status: RequestStatus | None, cursor: str | None) -> RequestPage:
    """A page of the caller's requests, newest first."""
    statement = _visible_to(caller).order_by(requests.c.request_id.desc()).limit(cursors.PAGE + 1)
    if status is not None:
        statement = statement.where(requests.c.status == status)
    if (before := cursors.decode_id(cursor)) is not None:
        statement = statement.where(requests.c.request_id < before)
    ids = log.connection.execute(statement).scalars().all()
    return RequestPage(**cursors.page(views(log, ids), [(str(request_id),) for request_id in ids]))


def views(log: Unit, request_ids: Sequence[UUID]) -> list[RequestView]:
    """The requests with these ids, as far as the caller may see them."""
    return [_view(request, history) for request, history in log.states(domain.REQUEST, request_ids)]


def _view(request: domain.Request, history: Sequence[Recorded]) -> RequestView:
    company_id = history[0].company_id
    assert company_id is not None
    return RequestView(
        request_id=request.id,
        number=request.number,
        company_id=company_id,
        contact_id=request.contact_id,
        site_id=request.site_id,
        equipment_id=request.equipment_id,
        title=request.title,
        description=request.description,
        attachment_ids=list(request.attachment_ids),
        status=request.status,
        note=request.note,
        reason=request.reason,
        submitted_at=history[0].recorded_at,
        answered_at=_answered_at(history),
    )


def _answered_at(history: Sequence[Recorded]) -> datetime | None:
    answers = (RequestAccepted.type, RequestDeclined.type, RequestWithdrawn.type)
    return next((recorded.recorded_at for recorded in history if recorded.type in answers), None)


def _visible_to(caller: Caller) -> Select[UUID]:
    statement = select(requests.c.request_id).where(requests.c.provider_id == caller.provider)
    if caller.company_id is not None:
        statement = statement.where(requests.c.company_id == caller.company_id)
    return statement
