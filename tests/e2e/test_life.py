"""The life of a customer, from the plugin to the invoice, over RabbitMQ with a process per service."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.servers import PostgreSQL
from shared.files.location import Owner
from tests.integration.notifications.mailing import Mailing, mailing, token_in
from tests.support.file_contents import image, pdf
from tests.support.scene import PASSWORD
from tests.support.virtual_hosts import VirtualHosts
from tests.support.waiting import wait_until

PROVIDER_NAME = "Lechtaler Wärmetechnik GmbH"
DAY = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)


class Life:
    """What the people of the story do, each step a method; they know nothing but the contract."""

    def __init__(self, mail: Mailing) -> None:
        self.mail, self.portal, self.call = mail, mail.portal, mail.portal.call
        self.provider_email, self.email = f"info-{uuid4()}@example.com", f"joerg-{uuid4()}@example.com"
        self.staff = self.customer = self.company_id = self.site_id = self.equipment_id = self.request_id = ""

    def provider_switches_the_portal_on(self) -> None:
        provider = {"name": PROVIDER_NAME, "email": self.provider_email}
        provider_id = self.call("customers.register_provider", self.portal.operator, **provider)[
            "provider_id"
        ]
        account = {"email": f"disposition-{uuid4()}@example.com", "password": PASSWORD}
        self.call("invitation.register_staff", self.portal.operator, provider_id=provider_id, **account)
        self.staff = self.call("invitation.sign_in", **account)["access_token"]
        assert self.call("invitation.portal_status", self.staff)["active"] is False
        self.call("invitation.activate_portal", self.staff)
        assert self.call("invitation.portal_status", self.staff)["active"] is True

    def staff_enter_the_customer(self) -> None:
        company = {"name": "Bäckerei Müller & Söhne", "number": "10021"}
        self.company_id = self.call("customers.register_company", self.staff, **company)["company_id"]
        person = {"first_name": "Jörg", "last_name": "Müller", "email": self.email}
        contact = {"company_id": self.company_id, **person, "notifications_enabled": True}
        contact_id = self.call("customers.add_contact", self.staff, **contact)["contact_id"]
        main = {"company_id": self.company_id, "contact_id": contact_id}
        self.call("customers.set_main_contact", self.staff, **main)
        for name in ("Backstube", "Filiale Friedberg"):
            site = {"company_id": self.company_id, "name": name, "address": "Ludwigstraße 4, 86316 Friedberg"}
            place = {"latitude": 48.3553, "longitude": 10.9846}
            self.site_id = self.call("customers.add_site", self.staff, **site, **place)["site_id"]
        device = {"site_id": self.site_id, "name": "Gasbrennwertkessel", "manufacturer": "Viessmann"}
        self.equipment_id = self.call("customers.add_equipment", self.staff, **device)["equipment_id"]

    def customer_follows_the_invitation(self) -> None:
        self.call("invitation.invite", self.staff, company_id=self.company_id)
        token = token_in(self.mail.server, self.email)
        seen = self.call("invitation.check", token=token)
        assert (seen["state"], seen["company_name"]) == ("open", "Bäckerei Müller & Söhne")
        self.customer = self.call("invitation.accept", token=token, password=PASSWORD)["access_token"]
        dashboard = self.read("dashboard", at_least=self.now())
        assert dashboard["counts"]["sites"] == 2
        assert dashboard["provider"]["name"] == PROVIDER_NAME

    def customer_asks_for_work_with_two_pictures(self) -> None:
        attachments = [
            self.attachment(name, image(kind)) for name, kind in (("Kessel.jpg", "jpeg"), ("2.png", "png"))
        ]
        submitted = self.call(
            "requests.submit",
            self.customer,
            title="Heizung wird nicht warm",
            description="Seit gestern kalt.\nBitte bald.",
            site_id=self.site_id,
            equipment_id=self.equipment_id,
            attachment_ids=attachments,
        )
        self.request_id = submitted["request_id"]
        request = self.request(at_least=submitted["position"])
        assert request["status"] == "submitted"
        assert sorted(each["filename"] for each in request["attachments"]) == ["2.png", "Kessel.jpg"]

    def staff_look_at_it_and_accept(self) -> str:
        seen = self.call("requests.request", self.staff, request_id=self.request_id)
        for attachment_id in seen["attachment_ids"]:
            assert self.call("documents.attachment", self.staff, attachment_id=attachment_id)["size"] > 0
        answer = {"request_id": self.request_id, "note": "Wir melden uns."}
        accepted = self.call("requests.accept", self.staff, **answer)
        request = self.request(at_least=accepted["position"])
        assert (request["status"], request["note"]) == ("accepted", "Wir melden uns.")
        order: dict[str, str] = wait_until(lambda: self.request()["order"], what="the order is there")
        return order["order_id"]

    def staff_plan_and_the_work_is_done(self, order_id: str) -> None:
        times = {"starts_at": DAY.isoformat(), "ends_at": (DAY + timedelta(hours=2)).isoformat()}
        appointment = {"order_id": order_id, **times, "technician": "Sepp Brandl"}
        scheduled = self.call("orders.schedule_appointment", self.staff, **appointment)
        assert self.request(at_least=scheduled["position"])["status"] == "scheduled"
        coming = self.read("appointments", when="upcoming")["items"]
        assert [each["appointment_id"] for each in coming] == [scheduled["appointment_id"]]
        self.offer_is_accepted(order_id)
        done = {"appointment_id": scheduled["appointment_id"]}
        self.call("orders.complete_appointment", self.staff, **done)
        completed = self.call("orders.complete_order", self.staff, order_id=order_id)
        request = self.request(at_least=completed["position"])
        assert [step["status"] for step in request["timeline"]] == [
            "submitted",
            "accepted",
            "scheduled",
            "done",
        ]

    def offer_is_accepted(self, order_id: str) -> None:
        total = {"amount": "1290.00", "currency": "EUR"}
        until = (DAY + timedelta(days=14)).date().isoformat()
        published = self.publish("offer", "AN-17", order_id, total=total, valid_until=until)
        [offer] = self.read("documents", kind="offer", at_least=published["position"])["items"]
        assert (offer["status"], offer["total"]) == ("open", total)
        read = self.content(offer["document_id"])
        answer = {"document_id": offer["document_id"], "sha256": read["sha256"]}
        accepted = self.call("documents.accept_offer", self.customer, **answer)
        [offer] = self.read("documents", kind="offer", at_least=accepted["position"])["items"]
        assert (offer["status"], offer["answered_by"]["name"]) == ("accepted", "Jörg Müller")

    def report_and_invoice_follow(self, order_id: str) -> None:
        self.publish("service_report", "SB-17", order_id)
        total = {"amount": "1290.00", "currency": "EUR"}
        invoiced = self.publish("invoice", "RE-17", order_id, total=total)
        documents = self.read("documents", at_least=invoiced["position"])["items"]
        assert [each["kind"] for each in documents] == ["invoice", "service_report", "offer"]
        for document in documents:
            assert self.content(document["document_id"])["media_type"] == "application/pdf"

    def publish(self, kind: str, number: str, order_id: str, **details: Any) -> dict[str, Any]:
        sha256 = self.portal.upload(self.staff, self.company_id, pdf(number))
        document = {"company_id": self.company_id, "kind": kind, "number": number, "order_id": order_id}
        file = {"title": f"{kind} {number}", "filename": f"{number}.pdf", "sha256": sha256}
        published: dict[str, Any] = self.call("documents.publish", self.staff, **document, **file, **details)
        return published

    def attachment(self, filename: str, content: bytes) -> str:
        sha256 = self.portal.upload(self.customer, self.company_id, content)
        media_type = "image/png" if filename.endswith("png") else "image/jpeg"
        stored = {"filename": filename, "media_type": media_type, "size": len(content), "sha256": sha256}
        return str(self.call("documents.store_attachment", self.customer, **stored)["attachment_id"])

    def content(self, document_id: str) -> dict[str, Any]:
        """What the customer reads; the bytes are there."""
        file: dict[str, Any] = self.call("documents.file", self.customer, document_id=document_id)
        assert file["location"].startswith(str(self.owner.provider_id))
        return file

    @property
    def owner(self) -> Owner:
        provider_id = self.call("customers.provider", self.staff)["provider_id"]
        return Owner(UUID(provider_id), UUID(self.company_id))

    def read(self, query: str, **arguments: Any) -> Any:
        answer = self.call(f"portal_read.{query}", self.customer, **arguments)
        assert answer["reached"]
        return answer

    def request(self, **arguments: Any) -> Any:
        return self.read("request", request_id=self.request_id, **arguments)

    def now(self) -> str:
        """The place in the log that this call leaves behind; it changes nothing."""
        return str(self.call("invitation.activate_portal", self.staff)["position"])


@pytest.fixture
def life(
    postgresql: PostgreSQL, virtual_hosts: VirtualHosts, template_database: str, keys: Path, tmp_path: Path
) -> Iterator[Life]:
    with mailing(postgresql, virtual_hosts.fresh(), template_database, keys, tmp_path) as mail:
        yield Life(mail)


def test_a_customers_life_from_the_plugin_to_the_invoice(life: Life):
    life.provider_switches_the_portal_on()
    life.staff_enter_the_customer()
    life.customer_follows_the_invitation()
    life.customer_asks_for_work_with_two_pictures()
    order_id = life.staff_look_at_it_and_accept()
    life.staff_plan_and_the_work_is_done(order_id)
    life.report_and_invoice_follow(order_id)
    assert templates(life, to_customer=True) == Counter(
        [
            "invitation",
            "request_accepted",
            "appointment_scheduled",
            "offer_published",
            "service_report_published",
            "invoice_published",
        ]
    )
    assert templates(life, to_customer=False) == Counter(["request_submitted", "offer_accepted"])


def templates(life: Life, *, to_customer: bool) -> Counter[str]:
    """What was sent, once all is, and that just as many mails have arrived."""

    def all_sent() -> list[dict[str, Any]]:
        found = life.mail.deliveries(life.staff)
        return found if len(found) >= 8 and all(each["state"] == "sent" for each in found) else []

    sent = list(wait_until(all_sent, what="all mails are sent"))
    mine = [each["template"] for each in sent if (each["contact_id"] is not None) is to_customer]
    arrived = life.mail.server.mails(life.email if to_customer else life.provider_email)
    assert len({mail["Message-ID"] for mail in arrived}) == len(arrived) == len(mine)
    return Counter(mine)
