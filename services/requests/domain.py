"""A customer's request for work, from its submission to the provider's answer."""

from collections.abc import Sequence
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
) -> RequestSubmitted:
    if equipment is not None and equipment.site_id != site.id:
        raise ValidationFailed({"equipment_id": ["This equipment is not at the chosen site."]})
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


def withdraw(request: Request) -> RequestWithdrawn:
    _must_be_open(request)
    return RequestWithdrawn(request_id=request.id)


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


REQUEST = StreamType("request", evolve)
SITE = StreamType("site", evolve_site)
EQUIPMENT = StreamType("equipment", evolve_equipment)


def _must_be_open(request: Request) -> None:
    if request.status is not RequestStatus.SUBMITTED:
        raise InvalidTransition(
            f"The request {request.number} {_ANSWERS[request.status]}.", status=request.status.value
        )
