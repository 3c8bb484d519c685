"""The back office: requests to answer, orders and their appointments, documents to publish."""

from uuid import UUID

from flask import Response

from services.gateway import downloads, session, uploads
from services.gateway.api import identity
from services.gateway.api.answers import answered
from services.gateway.api.documentation import FILE_CONTENT, UPLOAD
from services.gateway.api.operation import Operation
from services.gateway.api.resource import Resource
from shared.contracts import documents, orders, requests
from shared.contracts.customers import CompanyById
from shared.contracts.declare import message
from shared.contracts.values import CallerKind
from shared.files.location import Owner

api = Resource("Provider: work", "For staff: requests, orders, appointments, documents.")


@message
class UploadedFile:
    """A file that lies in the store for a company; what no document refers to after a day is removed."""

    sha256: str
    filename: str
    media_type: str
    size: int


api.query(
    "/provider/requests",
    "requests.requests",
    requests.ListRequests,
    requests.RequestPage,
    "The requests of all companies, newest first.",
)
api.query(
    "/provider/requests/<uuid:request_id>",
    "requests.request",
    requests.RequestById,
    requests.RequestView,
    "A request.",
)
api.command(
    "POST",
    "/provider/requests/<uuid:request_id>/accept",
    "requests.accept",
    requests.AcceptRequest,
    summary="Accept a request; the order follows a moment later.",
)
api.command(
    "POST",
    "/provider/requests/<uuid:request_id>/decline",
    "requests.decline",
    requests.DeclineRequest,
    summary="Decline a request.",
)
api.query(
    "/provider/orders",
    "orders.orders",
    orders.ListOrders,
    orders.OrderPage,
    "The orders, newest or oldest first.",
)
api.query(
    "/provider/orders/<uuid:order_id>",
    "orders.order",
    orders.OrderById,
    orders.OrderView,
    "An order with its appointments.",
)
api.command(
    "POST",
    "/provider/orders/<uuid:order_id>/complete",
    "orders.complete_order",
    orders.OrderById,
    summary="Complete an order that has no appointment to come.",
)
api.query(
    "/provider/appointments",
    "orders.appointments",
    orders.ListAppointments,
    orders.CalendarPage,
    "All appointments that touch a time of at most six weeks, by their start.",
)
api.command(
    "POST",
    "/provider/appointments",
    "orders.schedule_appointment",
    orders.ScheduleAppointment,
    summary="Schedule an appointment of an order.",
    answer=orders.AppointmentScheduledResult,
    status=201,
)
api.command(
    "POST",
    "/provider/appointments/<uuid:appointment_id>/reschedule",
    "orders.reschedule_appointment",
    orders.RescheduleAppointment,
    summary="Move an appointment to another time, or give it to another technician.",
)
api.command(
    "POST",
    "/provider/appointments/<uuid:appointment_id>/cancel",
    "orders.cancel_appointment",
    orders.CancelAppointment,
    summary="Cancel an appointment.",
)
api.command(
    "POST",
    "/provider/appointments/<uuid:appointment_id>/complete",
    "orders.complete_appointment",
    orders.AppointmentById,
    summary="Mark an appointment as done.",
)
api.query(
    "/provider/documents",
    "documents.documents",
    documents.ListDocuments,
    documents.DocumentPage,
    "The documents of all companies or of one, newest first.",
)
api.query(
    "/provider/documents/<uuid:document_id>",
    "documents.document",
    documents.DocumentById,
    documents.DocumentView,
    "A document.",
    name="provider_document",
)


@api.operation(
    Operation(
        "POST",
        "/provider/companies/<uuid:company_id>/files",
        "store_file",
        "Store a PDF of at most 25 MiB that is to be published to a company.",
        arguments=CompanyById,
        answer=UploadedFile,
        status=201,
        body=UPLOAD,
    )
)
def store_file(company_id: UUID) -> Response:
    session.call("customers", "company", company_id=company_id)
    upload = uploads.receive(Owner(identity.confirmed(CallerKind.STAFF).provider, company_id))
    return answered({name: getattr(upload, name) for name in UploadedFile.__annotations__}, 201)


api.command(
    "POST",
    "/provider/documents",
    "documents.publish",
    documents.Publish,
    summary="Publish an offer, a service report or an invoice whose file was stored before.",
    answer=documents.DocumentPublishedResult,
    status=201,
)
api.command(
    "POST",
    "/provider/documents/<uuid:document_id>/withdraw",
    "documents.withdraw",
    documents.DocumentById,
    summary="Take a document back.",
)


@api.operation(
    Operation(
        "GET",
        "/provider/documents/<uuid:document_id>/file",
        "provider_document_file",
        "A document's PDF, also of one that was taken back.",
        arguments=documents.DocumentById,
        content=FILE_CONTENT,
    )
)
def document_file(document_id: UUID) -> Response:
    return downloads.file(session.call("documents", "file", document_id=document_id))
