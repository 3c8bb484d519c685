"""What `portal_read` pushes to gateways, for pages that are open: hints, which may be lost without harm."""

from uuid import UUID

from shared.contracts.declare import message
from shared.contracts.portal_read import ResyncState
from shared.contracts.position import Position

PUSHES_EXCHANGE = "portal_read.pushes"


@message
class ViewChanged:
    """A customer's view now reflects `position`, and these sections of it are not what they were.

    Without a `company_id` it is the provider's own information, which all of its customers see. Sections are
    named as in the changes of a resync. Without any, all that has changed is how fresh the view is: ask for
    it and see whether it is stale.
    """

    provider_id: UUID
    company_id: UUID | None
    position: Position
    sections: list[str]


@message
class ResyncProgressed:
    """How far a resync is; when it has ended, `resync_status` says what it has changed."""

    provider_id: UUID
    company_id: UUID
    resync_id: UUID
    state: ResyncState
    applied: int
    total: int | None


Push = ViewChanged | ResyncProgressed
# By the routing key under which each is published.
PUSHES: dict[str, type[Push]] = {"view_changed": ViewChanged, "resync_progressed": ResyncProgressed}
