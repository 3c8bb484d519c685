"""A customer's requests: submitting, following, withdrawing."""

from services.gateway.api.resource import Resource
from shared.contracts import portal_read
from shared.contracts import requests as contract

api = Resource("Requests", "What a customer asks the provider for, and what came of it.")
api.query(
    "/requests",
    "portal_read.requests",
    portal_read.ReadRequests,
    portal_read.PortalRequestPage,
    "The requests, newest first.",
)
api.command(
    "POST",
    "/requests",
    "requests.submit",
    contract.SubmitRequest,
    summary="Ask for work at one of the sites, with attachments that were stored before.",
    answer=contract.RequestSubmittedResult,
    status=201,
)
api.query(
    "/requests/<uuid:request_id>",
    "portal_read.request",
    portal_read.ReadRequest,
    portal_read.PortalRequestDetails,
    "A request with its attachments, order, appointments and timeline.",
)
api.command(
    "POST",
    "/requests/<uuid:request_id>/withdraw",
    "requests.withdraw",
    contract.RequestById,
    summary="Take back a request that has no answer yet.",
)
