"""The customer's appointments: those to come and those that are over, each as a calendar file too."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway import session
from services.gateway.calendar_files import MEDIA_TYPE, calendar_file
from services.gateway.customer_view import only_for_customers, read
from services.gateway.languages import gettext as _
from shared.contracts.portal_read import AppointmentWindow
from shared.identity.tokens import now

pages = Blueprint("appointments", __name__, url_prefix="/appointments")
pages.before_request(only_for_customers)


@pages.get("")
def upcoming() -> ResponseReturnValue:
    return _page(AppointmentWindow.UPCOMING)


@pages.get("/past")
def past() -> ResponseReturnValue:
    return _page(AppointmentWindow.PAST)


@pages.get("/<uuid:appointment_id>/calendar")
def calendar(appointment_id: UUID) -> Response:
    appointment = read("appointment", appointment_id=appointment_id)
    provider = session.provider_name() or _("Ihr Dienstleister")
    what = appointment["title"] or _("Termin")
    technician = appointment["technician"]
    content = calendar_file(
        appointment,
        summary=f"{provider}: {what}",
        description=_("Es kommt: %(technician)s", technician=technician) if technician else "",
        now=now(),
    )
    response = Response(content, content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{_("Termin")}.ics"'
    return response


def _page(when: AppointmentWindow) -> ResponseReturnValue:
    listed = read("appointments", when=when, cursor=request.args.get("cursor"))
    return render_template("appointments.html", listed=listed, when=when)
