"""Everything that the API offers, used once by a customer and once by the staff of the provider."""

import io
from typing import Any
from uuid import uuid4

from tests.integration.gateway.api_client import ApiClient
from tests.integration.services.belongings import TIMES
from tests.support.file_contents import PDF, TEXT
from tests.support.waiting import wait_until

LATER = {"starts_at": "2038-02-12T08:00:00+01:00", "ends_at": "2038-02-12T10:00:00+01:00"}
WEEK = {"since": "2038-01-10T00:00:00+01:00", "until": "2038-01-17T00:00:00+01:00"}
TOTAL = {"amount": "1299.90", "currency": "EUR"}


def file_form(content: bytes, filename: str, media_type: str) -> dict[str, Any]:
    return {
        "data": {"file": (io.BytesIO(content), filename, media_type)},
        "content_type": "multipart/form-data",
    }


def settings_and_view(customer: ApiClient) -> None:
    contact = customer.get("/settings")["contact"]
    assert customer.get("/settings/personal-data")["items"][0]["type"] == "contact_added"
    done = customer.do("PATCH", "/settings", {"phone": "+49 821 555 100"})
    assert customer.get("/settings", at_least=done["position"])["contact"]["phone"] == "+49 821 555 100"
    assert customer.get("/session")["caller"]["contact_id"] == contact["contact_id"]
    assert customer.get("/sessions")["items"]
    for path in ("/dashboard", "/sites", "/sites/map", "/equipment", "/documents", "/requests"):
        assert customer.get(path)["reached"]
    assert customer.get("/appointments", when="upcoming")["reached"]
    resync_id = customer.do("POST", "/resync")["resync_id"]
    wait_until(
        lambda: customer.get(f"/resync/{resync_id}")["state"] == "completed", what="the view is built anew"
    )


def asking_for_work(customer: ApiClient, staff: ApiClient) -> str:
    """Submits requests, of which one is accepted; returns the id of its order."""
    attachment = customer.do("POST", "/attachments", **file_form(TEXT, "Größe.txt", "text/plain"))
    attachment_id = attachment["attachment_id"]
    assert customer.get(f"/attachments/{attachment_id}")["filename"] == "Größe.txt"
    assert customer.get(f"/attachments/{attachment_id}/file") == TEXT
    body = {
        "title": "Heizung kalt",
        "description": "",
        "site_id": customer.get("/sites")["items"][0]["site_id"],
    }
    accepted, declined, withdrawn = (
        customer.do("POST", "/requests", body | {"attachment_ids": ids})["request_id"]
        for ids in ([attachment_id], [], [])
    )
    assert {each["request_id"] for each in staff.get("/provider/requests", status="submitted")["items"]} >= {
        accepted,
        declined,
    }
    assert staff.get(f"/provider/requests/{accepted}")["attachment_ids"] == [attachment_id]
    assert staff.get(f"/attachments/{attachment_id}/file") == TEXT
    customer.do("POST", f"/requests/{withdrawn}/withdraw")
    staff.do("POST", f"/provider/requests/{declined}/decline", {"reason": "Das machen wir nicht."})
    done = staff.do("POST", f"/provider/requests/{accepted}/accept", {"note": "Gern."})
    shown = customer.get(f"/requests/{accepted}", at_least=done["position"])
    assert (shown["status"], shown["note"]) == ("accepted", "Gern.")

    def order() -> Any:
        orders = staff.get("/provider/orders")["items"]
        return next((each["order_id"] for each in orders if each["request_id"] == accepted), None)

    return str(wait_until(order, what="the order is there"))


def doing_it(customer: ApiClient, staff: ApiClient, order_id: str) -> None:
    assert staff.get(f"/provider/orders/{order_id}")["status"] == "created"
    first, second = (
        staff.do("POST", "/provider/appointments", {"order_id": order_id, **times})["appointment_id"]
        for times in (TIMES, LATER)
    )
    assert first in {each["appointment_id"] for each in staff.get("/provider/appointments", **WEEK)["items"]}
    moved = staff.do("POST", f"/provider/appointments/{second}/reschedule", TIMES)
    shown = customer.get(f"/appointments/{second}", at_least=moved["position"])
    assert shown["order_id"] == order_id
    staff.do("POST", f"/provider/appointments/{second}/cancel", {"reason": "Doppelt."})
    staff.do("POST", f"/provider/appointments/{first}/complete")
    staff.do("POST", f"/provider/orders/{order_id}/complete")


def offers(customer: ApiClient, staff: ApiClient) -> None:
    company_id = customer.get("/session")["caller"]["company_id"]
    form = file_form(PDF, "Angebot.pdf", "application/pdf")
    stored = staff.do("POST", f"/provider/companies/{company_id}/files", **form)
    offer = {"company_id": company_id, "kind": "offer", "title": "Neue Pumpe", "total": TOTAL}
    offer |= {"sha256": stored["sha256"], "filename": stored["filename"], "valid_until": "2099-12-31"}
    accepted, declined, withdrawn = (
        staff.do("POST", "/provider/documents", offer | {"number": f"AN-{uuid4()}"}) for _ in range(3)
    )
    listed = customer.get("/documents", kind="offer", at_least=withdrawn["position"])["items"]
    assert {each["document_id"] for each in listed} >= {accepted["document_id"], declined["document_id"]}
    for program, area in ((customer, ""), (staff, "/provider")):
        assert program.get(f"{area}/documents/{accepted['document_id']}")["total"] == TOTAL
        assert program.get(f"{area}/documents/{accepted['document_id']}/file") == PDF
    customer.do("POST", f"/documents/{accepted['document_id']}/accept", {"sha256": stored["sha256"]})
    customer.do("POST", f"/documents/{declined['document_id']}/decline", {})
    staff.do("POST", f"/provider/documents/{withdrawn['document_id']}/withdraw")
    assert staff.get("/provider/documents", company_id=company_id)["items"]


def keeping_companies(staff: ApiClient) -> str:
    """Registers a company with all that belongs to it, changes and removes; returns the company's id."""
    company_id = staff.do("POST", "/provider/companies", {"name": "Gasthof Post"})["company_id"]
    staff.do("PATCH", f"/provider/companies/{company_id}", {"number": f"K-{company_id[:8]}"})
    contact = {"company_id": company_id, "first_name": "Resi", "last_name": "Huber"}
    contact |= {"email": f"resi-{uuid4()}@example.com", "notifications_enabled": True}
    main, other = (staff.do("POST", "/provider/contacts", contact)["contact_id"] for _ in range(2))
    staff.do("PUT", f"/provider/companies/{company_id}/main-contact", {"contact_id": main})
    staff.do("PATCH", f"/provider/contacts/{other}", {"phone": None})
    staff.do("DELETE", f"/provider/contacts/{other}")
    site = {"company_id": company_id, "name": "Küche", "address": "Marktplatz 1"}
    site_id = staff.do("POST", "/provider/sites", site)["site_id"]
    staff.do("PATCH", f"/provider/sites/{site_id}", {"latitude": 48.1, "longitude": 11.5})
    device = {"site_id": site_id, "name": "Kessel", "installed_on": "2020-02-29"}
    equipment_id = staff.do("POST", "/provider/equipment", device)["equipment_id"]
    staff.do("PATCH", f"/provider/equipment/{equipment_id}", {"model": "V 200"})
    shown = staff.get(f"/provider/companies/{company_id}")
    assert (shown["main_contact_id"], shown["equipment"][0]["model"]) == (main, "V 200")
    staff.do("DELETE", f"/provider/equipment/{equipment_id}")
    staff.do("DELETE", f"/provider/sites/{site_id}")
    assert company_id in {item["company_id"] for item in staff.get("/provider/companies")["items"]}
    return company_id


def keeping_the_portal(staff: ApiClient, company_id: str) -> str:
    """Looks after provider and plugin, and invites; returns the id of an invitation."""
    staff.do("PATCH", "/provider", {"phone": "+49 821 555 200"})
    assert staff.get("/provider")["phone"] == "+49 821 555 200"
    staff.do("POST", "/provider/portal/deactivate")
    assert not staff.get("/provider/portal")["active"]
    staff.do("POST", "/provider/portal/activate")
    for _ in range(2):
        conditions = staff.get(f"/provider/companies/{company_id}/invitation-conditions")
        assert conditions == {"missing": [], "has_account": False}
        invitation_id = staff.do("POST", "/provider/invitations", {"company_id": company_id})["invitation_id"]
        staff.do("POST", f"/provider/invitations/{invitation_id}/resend")
        staff.do("POST", f"/provider/invitations/{invitation_id}/revoke")
    assert staff.get("/provider/invitations", company_id=company_id)["items"]
    assert "items" in staff.get("/provider/deliveries")
    return str(staff.do("POST", "/provider/invitations", {"company_id": company_id})["invitation_id"])
