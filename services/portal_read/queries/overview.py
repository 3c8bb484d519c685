"""The start page: the newest of everything, and how many there are of what it leads to."""

from typing import Any

from sqlalchemy import func, select

from services.portal_read.queries import appointments as visits
from services.portal_read.queries import documents as papers
from services.portal_read.queries import people
from services.portal_read.queries import requests as inquiries
from services.portal_read.queries import sites as places
from services.portal_read.queries.appointments import is_to_come
from services.portal_read.queries.documents import is_open_offer
from services.portal_read.queries.requests import is_open, with_orders
from services.portal_read.queries.sites import is_there
from services.portal_read.tables import appointments, documents, equipment, requests, sites
from services.portal_read.view import View, as_message
from shared.contracts.portal_read import AppointmentWindow, Counts

NEWEST = 5
FIRST_SITES = 200


def start_page(view: View) -> dict[str, Any]:
    """All of a `Dashboard` but how fresh it is."""
    return {
        "company": people.company(view),
        "provider": people.provider(view),
        "sites": places.page(view, size=FIRST_SITES)["items"],
        "requests": inquiries.page(view, status=None, cursor=None, size=NEWEST)["items"],
        "appointments": visits.page(view, when=AppointmentWindow.UPCOMING, cursor=None)["items"],
        "documents": papers.page(view, kind=None, cursor=None, size=NEWEST)["items"],
        "counts": counts(view),
    }


def counts(view: View) -> Counts:
    """All of them in one query."""
    row_count = func.count()
    statements = {
        "sites": select(row_count).where(is_there(view, sites)),
        "equipment": select(row_count).where(is_there(view, equipment)),
        "open_requests": with_orders(view, func.count(requests.c.request_id)).where(is_open()),
        "upcoming_appointments": select(row_count).where(view.of(appointments), is_to_come(view)),
        "open_offers": select(row_count).where(view.of(documents), is_open_offer(view)),
    }
    row = view.first(
        select(*(statement.scalar_subquery().label(name) for name, statement in statements.items()))
    )
    assert row is not None
    return as_message(Counts, row)
