"""What the customer asked for, and the answer to it; `answered_by` is the contact who withdrew it."""

from services.portal_read.folds import projects
from shared.contracts.requests import (
    RequestAccepted,
    RequestDeclined,
    RequestStatus,
    RequestSubmitted,
    RequestWithdrawn,
)
from shared.projections.rows import Rows


@projects(RequestSubmitted)
def request_submitted(rows: Rows, event: RequestSubmitted) -> None:
    rows.requests.insert(
        event.request_id,
        number=event.number,
        contact_id=event.contact_id,
        site_id=event.site_id,
        equipment_id=event.equipment_id,
        title=event.title,
        description=event.description,
        attachment_ids=event.attachment_ids,
        status=RequestStatus.SUBMITTED.value,
        note=None,
        reason=None,
        submitted_at=rows.recorded_at,
        answered_at=None,
        answered_by=None,
    )


@projects(RequestWithdrawn)
def request_withdrawn(rows: Rows, event: RequestWithdrawn) -> None:
    rows.requests.update(
        event.request_id,
        status=RequestStatus.WITHDRAWN.value,
        answered_at=rows.recorded_at,
        answered_by=event.contact_id,
    )


@projects(RequestAccepted)
def request_accepted(rows: Rows, event: RequestAccepted) -> None:
    rows.requests.update(
        event.request_id, status=RequestStatus.ACCEPTED.value, note=event.note, answered_at=rows.recorded_at
    )


@projects(RequestDeclined)
def request_declined(rows: Rows, event: RequestDeclined) -> None:
    rows.requests.update(
        event.request_id,
        status=RequestStatus.DECLINED.value,
        reason=event.reason,
        answered_at=rows.recorded_at,
    )
