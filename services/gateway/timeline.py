"""The way of a request: asked for, answered, planned, moved, done; with times, and who took each step.

While an update is under way, services of the release before answer without what came of appointments.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.gateway import formatting
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from shared.contracts.portal_read import CustomerRequestStatus, Side

Item = Mapping[str, Any]
APPOINTMENT_STEPS = {
    "scheduled": translatable("Termin geplant"),
    "moved": translatable("Termin verschoben"),
    "reassigned": translatable("Anderer Techniker"),
    "cancelled": translatable("Termin abgesagt"),
    "completed": translatable("Termin erledigt"),
}


@dataclass(frozen=True)
class Step:
    """What happened; `more` says of an appointment how it stood then, `who` whose step it was."""

    said: str
    at: str
    more: str = ""
    who: str = ""


def of_customer(request: Item) -> list[Step]:
    """The steps as a customer sees them. That a request is planned is told by its appointments."""
    planned = _appointments(request.get("appointment_steps", ()), who=_provider(request))
    answered = (
        Step(formatting.request_status(step["status"]), step["at"], who=_who(step["by"]))
        for step in request["timeline"]
        if step["status"] != CustomerRequestStatus.SCHEDULED
    )
    return _in_order([*answered, *planned])


def of_staff(request: Item, order: Item | None) -> list[Step]:
    """The steps as staff see them, up to the end of the order."""
    steps = [Step(formatting.request_status("submitted"), request["submitted_at"])]
    if request["answered_at"]:
        steps.append(Step(formatting.request_status(request["status"]), request["answered_at"]))
    if order:
        steps.append(Step(_("Auftrag angelegt"), order["created_at"]))
        steps += _appointments(order.get("appointment_steps", ()))
        if completed_at := order.get("completed_at"):
            steps.append(Step(_("Auftrag abgeschlossen"), completed_at))
    return _in_order(steps)


def _appointments(steps: Iterable[Item], *, who: str = "") -> Iterator[Step]:
    for step in steps:
        how = (formatting.period(step["starts_at"], step["ends_at"]), step["technician"])
        said = translated(APPOINTMENT_STEPS[step["step"]])
        yield Step(said, step["at"], " · ".join(filter(None, how)), who)


def _provider(request: Item) -> str:
    """What the provider is called in a step that it took."""
    names = (step["by"] for step in request["timeline"] if step["by"]["side"] == Side.PROVIDER)
    return _who(next(names, {"side": Side.PROVIDER, "name": None}))


def _who(by: Item) -> str:
    return by["name"] or (_("Ihr Dienstleister") if by["side"] == Side.PROVIDER else _("Ihr Unternehmen"))


def _in_order(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: datetime.fromisoformat(step.at))
