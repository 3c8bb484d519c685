"""The release before, for a whole Python process: found on PYTHONPATH, it sets an event back to version 1."""

from typing import Any
from uuid import UUID

from shared.contracts import requests
from shared.contracts.declare import EVENTS, Event, event


class RequestWithdrawn(Event):
    request_id: UUID
    # Not a field: the code around it is the later release's, which asks for it.
    contact_id = None

    def __init__(self, *, request_id: UUID, **_unknown: Any) -> None:
        object.__setattr__(self, "request_id", request_id)


del EVENTS["request_withdrawn"]
RequestWithdrawn.__module__ = requests.__name__
requests.RequestWithdrawn = event("request_withdrawn")(RequestWithdrawn)  # type: ignore[misc, assignment]
