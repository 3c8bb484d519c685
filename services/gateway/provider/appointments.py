"""Planning: an appointment for an order, changing it, calling it off, and that it took place."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import formatting, session
from services.gateway.fields import LINES, MOMENT, Field, local
from services.gateway.languages import gettext as _
from services.gateway.provider.calendar import technicians
from services.gateway.provider.question import Question
from services.gateway.security import local_path
from shared.contracts.errors import NotFound
from shared.formats import TIME_ZONE

pages = Blueprint("appointments", __name__, url_prefix="/orders/<uuid:order_id>/appointments")
# What a form begins with: the next morning, for as long as most visits take.
MORNING = time(8)
USUAL = timedelta(hours=2)
# Who comes and when is one thing: a technician is chosen for a time.
VISIT = "visit"


@pages.route("/new", methods=["GET", "POST"])
def schedule(order_id: UUID) -> ResponseReturnValue:
    order = session.call("orders", "order", order_id=order_id)
    question = Question(
        area="appointments",
        title=_("Termin planen: %(title)s", title=order["title"]),
        button=_("Termin planen"),
        back=_back(order_id),
        fields=(*_times(), _technician()),
        text=_("Der Kunde sieht den Termin gleich in seinem Portal und bekommt eine E-Mail."),
    )
    return question.run(
        "orders.schedule_appointment",
        {"order_id": order_id},
        _("Der Termin ist geplant."),
        values=_next_morning(),
    )


@pages.route("/<uuid:appointment_id>/change", methods=["GET", "POST"])
def change(order_id: UUID, appointment_id: UUID) -> ResponseReturnValue:
    order, appointment = _find(order_id, appointment_id)
    question = Question(
        area="appointments",
        title=_("Termin ändern: %(title)s", title=order["title"]),
        button=_("Termin ändern"),
        back=_back(order_id),
        fields=(*_times(), _technician()),
        text=_("Der Kunde sieht die Änderung gleich in seinem Portal und bekommt eine E-Mail."),
    )
    return question.change(
        "orders.reschedule_appointment",
        {"appointment_id": appointment_id},
        _("Der Termin ist geändert."),
        item=appointment,
    )


@pages.route("/<uuid:appointment_id>/cancel", methods=["GET", "POST"])
def cancel(order_id: UUID, appointment_id: UUID) -> ResponseReturnValue:
    order, appointment = _find(order_id, appointment_id)
    question = Question(
        area="appointments",
        title=_("Termin absagen?"),
        button=_("Ja, Termin absagen"),
        back=_back(order_id),
        fields=[Field("reason", _("Grund"), LINES, hint=_("Der Kunde liest ihn."))],
        text=_(
            "Der Termin für „%(title)s“ am %(period)s fällt dann aus. Der Kunde bekommt eine E-Mail.",
            title=order["title"],
            period=formatting.period(appointment["starts_at"], appointment["ends_at"]),
        ),
        told=_period(appointment),
        danger=True,
    )
    return question.run(
        "orders.cancel_appointment", {"appointment_id": appointment_id}, _("Der Termin ist abgesagt.")
    )


@pages.route("/<uuid:appointment_id>/complete", methods=["GET", "POST"])
def complete(order_id: UUID, appointment_id: UUID) -> ResponseReturnValue:
    order, appointment = _find(order_id, appointment_id)
    question = Question(
        area="appointments",
        title=_("Termin erledigt?"),
        button=_("Ja, erledigt"),
        back=_back(order_id),
        text=" ".join(_of_completing(order, appointment)),
        told=_period(appointment),
    )
    return question.run(
        "orders.complete_appointment", {"appointment_id": appointment_id}, _("Der Termin ist erledigt.")
    )


def _find(order_id: UUID, appointment_id: UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order and its appointment. Raises NotFound."""
    order = session.call("orders", "order", order_id=order_id)
    for appointment in order["appointments"]:
        if appointment["appointment_id"] == str(appointment_id):
            return order, appointment
    raise NotFound("appointment")


def _of_completing(order: dict[str, Any], appointment: dict[str, Any]) -> Iterator[str]:
    """What will happen, sentence by sentence."""
    if datetime.fromisoformat(appointment["starts_at"]) > datetime.now(UTC):
        yield _("Der Termin hat noch gar nicht begonnen.")
    yield _(
        "Der Termin für „%(title)s“ am %(period)s gilt dann als erledigt, und der Kunde sieht das gleich in "
        "seinem Portal. Das lässt sich nicht zurücknehmen.",
        title=order["title"],
        period=formatting.period(appointment["starts_at"], appointment["ends_at"]),
    )
    yield _("Der Auftrag bleibt offen, bis Sie ihn abschließen.")


def _period(appointment: dict[str, Any]) -> dict[str, str]:
    return {name: appointment[name] for name in ("starts_at", "ends_at")}


def _times() -> tuple[Field, Field]:
    return (
        Field("starts_at", _("Beginn"), MOMENT, part_of=VISIT),
        Field("ends_at", _("Ende"), MOMENT, part_of=VISIT),
    )


def _technician() -> Field:
    return Field(
        "technician",
        _("Techniker"),
        optional=True,
        part_of=VISIT,
        suggestions=technicians(datetime.now(UTC).astimezone(TIME_ZONE).date()),
    )


def _next_morning() -> dict[str, str]:
    tomorrow = datetime.now(UTC).astimezone(TIME_ZONE).date() + timedelta(days=1)
    begin = datetime.combine(tomorrow, MORNING, TIME_ZONE)
    return {"starts_at": local(begin), "ends_at": local(begin + USUAL)}


def _back(order_id: UUID) -> str:
    """The calendar's week that one came from, or the order."""
    return local_path(request.args.get("back")) or url_for("back_office.orders.one", order_id=order_id)
