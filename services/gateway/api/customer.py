"""What customers see of everything that is theirs, and their own settings."""

from typing import Any

from flask import Response

from services.gateway import session
from services.gateway.api import identity
from services.gateway.api.answers import done
from services.gateway.api.operation import Operation
from services.gateway.api.problems import idempotency
from services.gateway.api.resource import Resource
from shared.contracts import customers
from shared.contracts import portal_read as contract
from shared.contracts.values import CallerKind, Nothing

api = Resource("Customer", "The customer's view: all answers tell the position that they reflect.")
api.query(
    "/dashboard", "portal_read.dashboard", contract.ReadDashboard, contract.Dashboard, "The start page."
)
api.query("/sites", "portal_read.sites", contract.ReadSites, contract.PortalSitePage, "Sites, by name.")
api.query(
    "/sites/map",
    "portal_read.site_map",
    contract.AtLeast,
    contract.SiteMap,
    "All sites that have coordinates, for a map.",
)
api.query(
    "/equipment",
    "portal_read.equipment",
    contract.ReadEquipment,
    contract.PortalEquipmentPage,
    "All equipment, or one site's, by site and name.",
)
api.query(
    "/appointments",
    "portal_read.appointments",
    contract.ReadAppointments,
    contract.PortalAppointmentPage,
    "Appointments to come, the next first, or past ones, the last first.",
)
api.query(
    "/appointments/<uuid:appointment_id>",
    "portal_read.appointment",
    contract.ReadAppointment,
    contract.PortalAppointmentDetails,
    "One appointment.",
)
api.query(
    "/settings",
    "portal_read.settings",
    contract.AtLeast,
    contract.PortalSettings,
    "The caller's own information, the company's and the provider's.",
)


api.query(
    "/settings/personal-data",
    "customers.personal_data",
    customers.ListPersonalData,
    customers.PersonalDataPage,
    "All that was recorded of the caller, in the order in which it happened.",
)


@api.operation(
    Operation(
        "PATCH",
        "/settings",
        "update_settings",
        "Change the caller's own information; what is left out stays as it is.",
        arguments=customers.UpdateContact,
        changes=True,
        repeatable=True,
        without=frozenset({"contact_id", "email"}),
        body_name="UpdateSettings",
    )
)
def update_settings(**changes: Any) -> Response:
    contact_id = identity.confirmed(CallerKind.CUSTOMER).contact
    return done(
        session.call("customers", "update_contact", contact_id=contact_id, **changes, **idempotency())
    )


api.command(
    "POST",
    "/resync",
    "portal_read.resync",
    Nothing,
    summary="Delete and resync: build the caller's view anew from all that has happened.",
    answer=contract.ResyncRequestedResult,
    status=202,
)
api.query(
    "/resync/<uuid:resync_id>",
    "portal_read.resync_status",
    contract.ResyncById,
    contract.ResyncView,
    "How far a resync is, and in the end what it has changed.",
)
