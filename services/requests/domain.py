"""A customer's request for work, from its submission to the provider's answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from shared.contracts.customers import (
    EquipmentAdded,
    EquipmentRemoved,
    EquipmentUpdated,
    SiteAdded,
    SiteRemoved,
)
from shared.contracts.declare import Event
from shared.contracts.documents import AttachmentStored
from shared.contracts.errors import InvalidTransition, ValidationFailed
from shared.contracts.requests import (
    RequestAccepted,
    RequestDeclined,
    RequestStatus,
    RequestSubmitted,
    RequestWithdrawn,
)
from shared.contracts.stream import StreamType

_ANSWERS = {
    RequestStatus.ACCEPTED: "has already been accepted",
    RequestStatus.DECLINED: "has already been declined",
    RequestStatus.WITHDRAWN: "was withdrawn by the customer",
}


@dataclass(frozen=True)
class Request:
    id: UUID
    number: str
    contact_id: UUID
    site_id: UUID
    equipment_id: UUID | None
    title: str
    description: str
    attachment_ids: Sequence[UUID]
    status: RequestStatus = RequestStatus.SUBMITTED
    note: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Place:
    """What a request needs to know of the site, or the equipment, that it is about."""

    id: UUID
    site_id: UUID


@dataclass(frozen=True)
class Attachment:
    """What a request needs to know of a file that goes with it."""

    id: UUID
    contact_id: UUID


def submit(
    request_id: UUID,
    *,
    number: str,
    contact_id: UUID,
    site: Place,
    equipment: Place | None,
    title: str,
    description: str,
    attachment_ids: list[UUID],
    attachments: Collection[Attachment],
) -> RequestSubmitted:
    """`attachments` are those of `attachment_ids` that the customer's company has."""
    if equipment is not None and equipment.site_id != site.id:
        raise ValidationFailed({"equipment_id": ["This equipment is not at the chosen site."]})
    if len(set(attachment_ids)) != len(attachment_ids):
        raise ValidationFailed({"attachment_ids": ["The same attachment is named twice."]})
    own = {attachment.id for attachment in attachments if attachment.contact_id == contact_id}
    if own != set(attachment_ids):
        raise ValidationFailed(
            {"attachment_ids": ["Not all of these are files of yours; upload them again."]}
        )
    return RequestSubmitted(
        request_id=request_id,
        number=number,
        contact_id=contact_id,
        site_id=site.id,
        equipment_id=equipment.id if equipment else None,
        title=title,
        description=description,
        attachment_ids=attachment_ids,
    )


def withdraw(request: Request, *, contact_id: UUID) -> RequestWithdrawn:
    """`contact_id` is who takes the request back: anyone of the company may."""
    _must_be_open(request)
    return RequestWithdrawn(request_id=request.id, contact_id=contact_id)


def accept(request: Request, *, note: str | None = None) -> RequestAccepted:
    _must_be_open(request)
    return RequestAccepted(
        request_id=request.id,
        contact_id=request.contact_id,
        site_id=request.site_id,
        equipment_id=request.equipment_id,
        title=request.title,
        description=request.description,
        note=note,
    )


def decline(request: Request, *, reason: str) -> RequestDeclined:
    _must_be_open(request)
    return RequestDeclined(request_id=request.id, contact_id=request.contact_id, reason=reason)


def number(year: int, count: int) -> str:
    """The number people call a request by, such as A-2026-00042."""
    return f"A-{year}-{count:05d}"


def evolve(request: Request | None, event: Event) -> Request | None:
    if isinstance(event, RequestSubmitted):
        return Request(
            event.request_id,
            event.number,
            event.contact_id,
            event.site_id,
            event.equipment_id,
            event.title,
            event.description,
            event.attachment_ids,
        )
    if request is None:
        return None
    match event:
        case RequestWithdrawn():
            return replace(request, status=RequestStatus.WITHDRAWN)
        case RequestAccepted():
            return replace(request, status=RequestStatus.ACCEPTED, note=event.note)
        case RequestDeclined():
            return replace(request, status=RequestStatus.DECLINED, reason=event.reason)
    return request


def evolve_site(site: Place | None, event: Event) -> Place | None:
    match event:
        case SiteAdded():
            return Place(event.site_id, event.site_id)
        case SiteRemoved():
            return None
    return site


def evolve_equipment(equipment: Place | None, event: Event) -> Place | None:
    match event:
        case EquipmentAdded() | EquipmentUpdated():
            return Place(event.equipment_id, event.site_id)
        case EquipmentRemoved():
            return None
    return equipment


def evolve_attachment(attachment: Attachment | None, event: Event) -> Attachment | None:
    match event:
        case AttachmentStored():
            return Attachment(event.attachment_id, event.contact_id)
    return attachment


REQUEST = StreamType("request", evolve)
SITE = StreamType("site", evolve_site)
EQUIPMENT = StreamType("equipment", evolve_equipment)
ATTACHMENT = StreamType("attachment", evolve_attachment)


def _must_be_open(request: Request) -> None:
    if request.status is not RequestStatus.SUBMITTED:
        raise InvalidTransition(
            f"The request {request.number} {_ANSWERS[request.status]}.", status=request.status.value
        )
