"""What `portal_read` answers: the customer's view of everything that is theirs."""

import enum
from uuid import UUID

from shared.contracts.declare import message
from shared.contracts.position import Position
from shared.contracts.requests import RequestStatus
from shared.contracts.values import Listing


class CustomerRequestStatus(enum.StrEnum):
    """A request's status as the customer sees it: the answer to it, then how its order stands."""

    SUBMITTED = RequestStatus.SUBMITTED
    ACCEPTED = RequestStatus.ACCEPTED
    SCHEDULED = "scheduled"
    DONE = "done"
    DECLINED = RequestStatus.DECLINED
    WITHDRAWN = RequestStatus.WITHDRAWN


class AppointmentWindow(enum.StrEnum):
    UPCOMING = "upcoming"
    PAST = "past"


@message
class AtLeast:
    """`at_least` is the position that the answer must reflect; the query waits for it."""

    at_least: Position | None = None


@message
class ReadPage(Listing):
    at_least: Position | None = None


@message
class ReadEquipment(ReadPage):
    site_id: UUID | None = None


@message
class ReadAppointments(ReadPage):
    when: AppointmentWindow


@message
class ReadRequests(ReadPage):
    status: CustomerRequestStatus | None = None


@message
class ReadRequest:
    request_id: UUID
    at_least: Position | None = None
