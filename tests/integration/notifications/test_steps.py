"""Customers and providers hear of each step once, and the ledger says what became of each mail."""

from uuid import uuid4

import pytest

from shared.contracts.errors import NotFound
from tests.integration.notifications.mailing import Mailing, subjects
from tests.integration.services.belongings import TIMES, add_contact, order_of, publish, submit
from tests.support.mail import text_of
from tests.support.scene import Customer
from tests.support.waiting import wait_until


def test_customer_and_provider_hear_of_each_step_once(
    mail: Mailing, staff: str, customer: Customer, provider_email: str
):
    portal = mail.portal
    request_id = submit(portal, customer)
    portal.call("requests.accept", staff, request_id=request_id, note="Wir melden uns.")
    order_id = order_of(portal, staff, request_id)
    appointment = portal.call("orders.schedule_appointment", staff, order_id=order_id, **TIMES)
    mail.sent(staff, "appointment_scheduled")
    moved = {"starts_at": "2038-01-13T08:00:00+01:00", "ends_at": "2038-01-13T10:00:00+01:00"}
    ids = {"appointment_id": appointment["appointment_id"]}
    portal.call("orders.reschedule_appointment", staff, **ids, **moved)
    mail.sent(staff, "appointment_rescheduled")
    portal.call("orders.cancel_appointment", staff, **ids, reason="Der Techniker ist krank.")
    mail.sent(staff, "appointment_cancelled")
    declined = submit(portal, customer)
    portal.call("requests.decline", staff, request_id=declined, reason="Das machen wir nicht.")
    mail.sent(staff, "request_declined")
    portal.call("requests.withdraw", customer.token, request_id=submit(portal, customer))
    mail.sent(staff, "request_withdrawn")

    told = subjects(mail.server, customer.email, 6)
    assert told[0] == "Ihre Einladung ins Kundenportal von Huber Heizungsbau GmbH"
    assert "ist angenommen" in told[1]
    assert told[2:5] == [
        "Ihr Termin am 12. Januar 2038",
        "Ihr Termin ist verschoben auf den 13. Januar 2038",
        "Ihr Termin am 13. Januar 2038 entfällt",
    ]
    assert told[5].startswith("Zu Ihrer Anfrage A-")
    accepted, scheduled = mail.server.mails(customer.email)[1:3]
    assert "> Wir melden uns." in text_of(accepted)
    assert f"/requests/{request_id}" in text_of(scheduled)
    assert "08:00–10:00" in text_of(scheduled)
    assert "Filiale Süd" in text_of(scheduled)
    to_provider = subjects(mail.server, provider_email, 4)
    assert [subject.split()[0] for subject in to_provider].count("Neue") == 3
    assert to_provider[-1].endswith("zurückgezogen")
    assert {each["state"] for each in mail.deliveries(staff)} == {"sent"}
    assert len(mail.deliveries(staff)) == 10


def test_the_customer_hears_who_comes_instead(mail: Mailing, staff: str, customer: Customer):
    portal = mail.portal
    request_id = submit(portal, customer)
    portal.call("requests.accept", staff, request_id=request_id)
    plan = {"order_id": order_of(portal, staff, request_id), "technician": "Sepp Brandl", **TIMES}
    planned = portal.call("orders.schedule_appointment", staff, **plan)
    mail.sent(staff, "appointment_scheduled")
    change = {"appointment_id": planned["appointment_id"], "technician": "Ayşe Demir", **TIMES}
    portal.call("orders.reschedule_appointment", staff, **change)
    mail.sent(staff, "appointment_rescheduled")
    assert subjects(mail.server, customer.email, 4)[3] == "Änderung zu Ihrem Termin am 12. Januar 2038"
    told = text_of(mail.server.mails(customer.email)[3])
    assert "Es kommt: Ayşe Demir" in told
    assert "Sepp Brandl" not in told


def test_documents_are_announced_to_the_main_contact_and_answers_to_the_provider(
    mail: Mailing, staff: str, customer: Customer, provider_email: str
):
    portal = mail.portal
    offer = {"kind": "offer", "total": {"amount": "1299.90", "currency": "EUR"}, "valid_until": "2099-12-31"}
    accepted = publish(portal, staff, customer, number="AN-1", title="Neuer Kessel", **offer)
    declined = publish(portal, staff, customer, number="AN-2", title="Wartung", **offer)
    publish(portal, staff, customer, kind="service_report", number="SB-1", title="Bericht")
    mail.sent(staff, "service_report_published")
    told = dict(zip(subjects(mail.server, customer.email, 4), mail.server.mails(customer.email), strict=True))
    assert {"Unser Angebot AN-1", "Unser Angebot AN-2", "Servicebericht SB-1"} < told.keys()
    assert "1.299,90\xa0€" in text_of(told["Unser Angebot AN-1"])
    assert "/documents" in text_of(told["Unser Angebot AN-1"])
    sha256 = portal.call("documents.document", staff, document_id=accepted)["sha256"]
    portal.call("documents.accept_offer", customer.token, document_id=accepted, sha256=sha256)
    mail.sent(staff, "offer_accepted")
    portal.call("documents.decline_offer", customer.token, document_id=declined, reason="Zu teuer.")
    mail.sent(staff, "offer_declined")
    answers = subjects(mail.server, provider_email, 2)
    assert answers == ["Angebot AN-1 angenommen", "Angebot AN-2 abgelehnt"]
    last = text_of(mail.server.mails(provider_email)[-1])
    assert "> Zu teuer." in last
    assert "Jörg Müller" in last


def test_a_document_that_was_withdrawn_meanwhile_is_not_announced(
    mail: Mailing, staff: str, customer: Customer
):
    mail.server.stop()
    document_id = publish(mail.portal, staff, customer, kind="service_report", number="SB-2", title="Falsch")
    mail.portal.call("documents.withdraw", staff, document_id=document_id)
    mail.server.start()
    assert mail.delivery(staff, "service_report_published", "skipped")["error"] == "outdated"


def test_whoever_wants_no_notifications_gets_none_and_the_ledger_says_so(mail: Mailing, staff: str):
    customer = mail.portal.customer(staff)
    company = mail.portal.call("customers.company", staff, company_id=customer.company_id)
    successor = add_contact(mail.portal, staff, customer.company_id, notifications_enabled=False)
    ids = {"company_id": customer.company_id}
    mail.portal.call("customers.set_main_contact", staff, **ids, contact_id=successor)
    request_id = submit(mail.portal, customer)
    mail.delivery(staff, "request_submitted", "sent")
    mail.portal.call("customers.remove_contact", staff, contact_id=company["main_contact_id"])
    mail.portal.call("requests.decline", staff, request_id=request_id, reason="Nein.")
    skipped = mail.delivery(staff, "request_declined", "skipped")
    assert (skipped["error"], skipped["email"]) == ("contact_removed", None)
    assert mail.events(skipped["delivery_id"]) == []
    assert len(mail.server.mails(customer.email)) == 1


def test_while_the_portal_is_off_customers_get_no_mail(mail: Mailing, staff: str, customer: Customer):
    request_id = submit(mail.portal, customer)
    mail.portal.call("invitation.deactivate_portal", staff)
    mail.portal.call("requests.decline", staff, request_id=request_id, reason="Nein.")
    skipped = mail.delivery(staff, "request_declined", "skipped")
    assert skipped["error"] == "portal_not_active"
    assert len(mail.server.mails(customer.email)) == 1


def test_what_happened_more_than_a_day_ago_is_not_told_any_more(
    mail: Mailing, staff: str, customer: Customer
):
    mail.restart(PORTAL_SMTP_URL="")
    submit(mail.portal, customer)
    waiting = mail.delivery(staff, "request_submitted", "queued")
    mail.let_time_pass(waiting["delivery_id"], age="25 hours")
    mail.restart()
    assert mail.delivery(staff, "request_submitted", "skipped")["error"] == "too_old"


def test_the_ledger_is_the_providers_own_and_comes_in_pages(mail: Mailing, staff: str, customer: Customer):
    elsewhere = mail.portal.provider("Maier Kältetechnik")
    assert mail.deliveries(elsewhere) == []
    for stranger in (customer.company_id, str(uuid4())):
        with pytest.raises(NotFound):
            mail.deliveries(elsewhere, company_id=stranger)
    neighbour = mail.portal.customer(staff)
    assert [each["email"] for each in mail.deliveries(staff, company_id=neighbour.company_id)] == [
        neighbour.email
    ]
    for _ in range(50):
        submit(mail.portal, customer)
    wait_until(lambda: len(mail.deliveries(staff)) == 50, what="there are more than a page")

    def ids() -> list[str]:
        page = mail.portal.call("notifications.deliveries", staff)
        rest = (
            mail.portal.call("notifications.deliveries", staff, cursor=page["next"]) if page["next"] else {}
        )
        return [each["about"] for each in page["items"] + rest.get("items", [])]

    everything = wait_until(lambda: found if len(found := ids()) == 52 else None, what="all are there")
    assert everything == sorted(everything, reverse=True)
    assert len(set(everything)) == 52
