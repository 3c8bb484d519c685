"""What `requests` publishes and answers: a customer's request, from submission to the provider's answer."""

import enum
from datetime import datetime
from uuid import UUID

from marshmallow import validate

from shared.contracts.declare import Event, Payload, declared, event, message, personal, text, upcast
from shared.contracts.values import NOTE_CHARACTERS, Listing, Page

TITLE_CHARACTERS = (3, 120)
DESCRIPTION_CHARACTERS = 10_000
ATTACHMENTS = 10


class RequestStatus(enum.StrEnum):
    """What the answer to a request is; `scheduled` and `done` come from its order."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@event("request_submitted")
class RequestSubmitted(Event):
    request_id: UUID
    number: str
    contact_id: UUID
    site_id: UUID
    title: str = personal("contact_id")
    description: str = personal("contact_id")
    equipment_id: UUID | None = None
    attachment_ids: list[UUID] = declared(default=[])


@event("request_withdrawn", version=2)
class RequestWithdrawn(Event):
    """`contact_id` is who took the request back; of those withdrawn under version 1 that is not known."""

    request_id: UUID
    contact_id: UUID | None = None


@upcast("request_withdrawn", version=1)
def _withdrawn_by_nobody_known(payload: Payload) -> Payload:
    return payload | {"contact_id": None}


@event("request_accepted")
class RequestAccepted(Event):
    """Carries what an order needs to start from."""

    request_id: UUID
    contact_id: UUID
    site_id: UUID
    title: str = personal("contact_id")
    description: str = personal("contact_id")
    equipment_id: UUID | None = None
    note: str | None = personal("contact_id", default=None)


@event("request_declined")
class RequestDeclined(Event):
    request_id: UUID
    contact_id: UUID
    reason: str = personal("contact_id")


@message
class SubmitRequest:
    title: str = text(minimum=TITLE_CHARACTERS[0], maximum=TITLE_CHARACTERS[1])
    description: str = declared(validate.Length(max=DESCRIPTION_CHARACTERS))
    site_id: UUID
    attachment_ids: list[UUID] = declared(validate.Length(max=ATTACHMENTS), default=[])
    equipment_id: UUID | None = None


@message
class RequestSubmittedResult:
    request_id: UUID
    number: str


@message
class RequestById:
    request_id: UUID


@message
class AcceptRequest:
    request_id: UUID
    note: str | None = text(maximum=NOTE_CHARACTERS, lines=True, default=None)


@message
class DeclineRequest:
    request_id: UUID
    reason: str = text(maximum=NOTE_CHARACTERS, lines=True)


@message
class ListRequests(Listing):
    status: RequestStatus | None = None


@message
class RequestView:
    """A request as `requests` knows it; names of sites and the order are in `portal_read`."""

    request_id: UUID
    number: str
    company_id: UUID
    contact_id: UUID
    site_id: UUID
    equipment_id: UUID | None
    title: str
    description: str
    attachment_ids: list[UUID]
    status: RequestStatus
    note: str | None
    reason: str | None
    submitted_at: datetime
    answered_at: datetime | None


@message
class RequestPage(Page):
    items: list[RequestView]
