"""Documents: their list, their files, and the answer to an offer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from shared.formats import TIME_ZONE
from shared.identity.tokens import now
from tests.integration.gateway.browser import Browser, Page
from tests.integration.gateway.conftest import Company
from tests.integration.services.belongings import attach, publish, submit
from tests.support.file_contents import TEXT, pdf
from tests.support.stack import PASSWORD, Stack

TOTAL = {"amount": "1299.90", "currency": "EUR"}
TITLE = "Austausch der Heizungspumpe"


def offer(portal: Stack, people: Company, **details: Any) -> str:
    """Publish an offer that is seen in the portal; its id."""
    valid_until = (now().astimezone(TIME_ZONE).date() + timedelta(days=14)).isoformat()
    wanted = {"kind": "offer", "number": f"AN-{uuid4()}", "total": TOTAL, "valid_until": valid_until}
    return published(portal, people, **wanted | details)


def published(portal: Stack, people: Company, **details: Any) -> str:
    document_id = publish(portal, people.staff_token, people.customer, **{"title": TITLE} | details)
    wait_for_view(portal, people)
    return document_id


def wait_for_view(portal: Stack, people: Company) -> None:
    """Wait until the customer's view holds all that happened so far."""
    newest = portal.call("customers.register_company", people.staff_token, name="Gasthof Post")["position"]
    assert portal.call("portal_read.settings", people.customer.token, at_least=newest)["reached"]


def status_of(portal: Stack, people: Company, document_id: str) -> Any:
    return portal.call("documents.document", people.staff_token, document_id=document_id)["status"]


def test_without_documents_the_page_says_what_will_be_there(customer: Browser) -> None:
    assert "Noch keine Dokumente" in customer.open("/documents").text
    assert "Keine Rechnungen" in customer.open("/documents?kind=invoice").text
    assert "Neueste Dokumente" not in customer.open("/").text


def test_documents_are_listed_by_kind_with_what_matters(
    portal: Stack, people: Company, customer: Browser
) -> None:
    offer(portal, people, number="AN-2026-017", site_id=people.customer.site_id)
    published(portal, people, kind="invoice", number="RE-2026-9", title="Wartung im Mai", total=TOTAL)
    page = customer.open("/documents")
    for text in (TITLE, "Angebot AN-2026-017", "Filiale Süd", "1.299,90", "gültig bis", "Offen"):
        assert text in page.text
    assert "Rechnung RE-2026-9" in page.text
    assert TITLE in customer.open("/").text
    invoices = customer.open("/documents?kind=invoice")
    assert "RE-2026-9" in invoices.text
    assert "AN-2026-017" not in invoices.text
    assert "RE-2026-9" in customer.open("/documents?kind=nonsense").text


def test_a_long_list_has_pages(portal: Stack, people: Company, customer: Browser) -> None:
    for count in range(51):
        publish(portal, people.staff_token, people.customer, kind="service_report", number=f"SB-{count:03}")
    published(portal, people, kind="service_report", number="SB-999")
    page = customer.open("/documents?kind=service_report")
    assert page.html.count('class="entry-title"') == 50
    further = page.html.partition('class="text-center"><a class="btn" href="')[2].partition('"')[0]
    rest = customer.open(further.replace("&amp;", "&"))
    assert rest.html.count('class="entry-title"') == 2
    assert "SB-000" in rest.text


def test_a_document_opens_in_the_browser_and_runs_nothing_in_the_portals_name(
    portal: Stack, people: Company, customer: Browser
) -> None:
    content = pdf("a document of more than one chunk") + b"%" + b"x" * 1_500_000 + b"\n%%EOF\n"
    document_id = offer(portal, people, content=content, filename='Angebot "Müller".pdf')
    answer = customer.client.get(f"/documents/{document_id}/file")
    assert (answer.status_code, answer.data) == (200, content)
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(content))
    assert headers["Content-Disposition"] == (
        "inline; filename=\"Angebot _Muller_.pdf\"; filename*=UTF-8''Angebot%20%22M%C3%BCller%22.pdf"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_safari_shows_a_document_which_it_does_not_in_a_sandbox(
    portal: Stack, people: Company, customer: Browser
) -> None:
    answer = customer.client.get(f"/documents/{offer(portal, people)}/file")
    assert "sandbox" not in answer.headers["Content-Security-Policy"]


def test_what_is_saved_can_do_nothing_in_the_browser(
    portal: Stack, people: Company, customer: Browser
) -> None:
    headers = customer.client.get(f"/documents/{offer(portal, people)}/file?download=1").headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none';")


def test_a_document_is_shown_beside_its_facts_on_pages_of_the_portal_only(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people, number="AN-2026-019", site_id=people.customer.site_id)
    page = customer.open(f"/documents/{document_id}")
    for text in (TITLE, "AN-2026-019", "Filiale Süd", "1.299,90", "Annehmen", "Ablehnen"):
        assert text in page.text
    assert f'src="/documents/{document_id}/file#' in page.html
    inline = customer.client.get(f"/documents/{document_id}/file").headers
    assert "frame-ancestors 'self'" in inline["Content-Security-Policy"]
    assert inline["X-Frame-Options"] == "SAMEORIGIN"
    saved = customer.client.get(f"/documents/{document_id}/file?download=1").headers
    assert "frame-ancestors 'none'" in saved["Content-Security-Policy"]
    assert saved["X-Frame-Options"] == "DENY"


def test_who_accepted_an_offer_and_when_can_be_seen_later(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people)
    customer.open(f"/documents/{document_id}/accept").submit("/accept")
    for path in ("/documents", f"/documents/{document_id}"):
        assert "Angenommen von Jörg Müller am " in customer.open(path).text


def test_a_document_that_was_withdrawn_can_not_be_opened(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people)
    portal.call("documents.withdraw", people.staff_token, document_id=document_id)
    assert customer.open(f"/documents/{document_id}/file").status == 404


def test_a_strangers_document_is_as_one_that_does_not_exist(
    portal: Stack, people: Company, gateway: Flask, customer: Browser
) -> None:
    document_id = offer(portal, people)
    other = portal.customer(people.staff_token)
    stranger = Browser(gateway)
    stranger.sign_in(other.email, PASSWORD)
    fields = stranger.open("/").form("/sign-out").fields | {"sha256": "0" * 64, "reason": ""}
    for id_ in (document_id, str(uuid4())):
        for path in ("", "/file", "/accept", "/decline"):
            page = stranger.open(f"/documents/{id_}{path}")
            assert page.status == 404
            assert TITLE not in page.text
        for path in ("accept", "decline"):
            assert stranger.send(f"/documents/{id_}/{path}", fields).status_code == 404
    assert status_of(portal, people, document_id) == "open"
    assert customer.client.get(f"/documents/{document_id}/file").status_code == 200


def test_nobody_opens_a_file_without_signing_in(portal: Stack, people: Company, gateway: Flask) -> None:
    document_id = offer(portal, people)
    page = Browser(gateway).open(f"/documents/{document_id}/file")
    assert page.path == "/sign-in"
    page = page.submit("/sign-in", email=people.customer.email, password=PASSWORD)
    assert page.answer.headers["Content-Type"] == "application/pdf"


def test_accepting_names_number_and_total_and_shows_in_the_list_at_once(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people, number="AN-2026-018")
    page = customer.open(f"/documents/{document_id}/accept")
    assert "Sie nehmen das Angebot AN-2026-018 über 1.299,90\N{NO-BREAK SPACE}€ an" in page.html
    assert status_of(portal, people, document_id) == "open"
    page = page.submit("/accept")
    assert (page.status, page.path) == (200, "/documents")
    assert "Das Angebot ist angenommen." in page.text
    assert "Angenommen" in page.text
    assert "/accept" not in page.html
    assert status_of(portal, people, document_id) == "accepted"


def test_another_content_than_the_one_that_was_read_is_not_accepted(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people)
    form = customer.open(f"/documents/{document_id}/accept").form("/accept")
    page = _sent(customer, form.action, form.fields | {"sha256": "0" * 64})
    assert page.path == f"/documents/{document_id}/accept"
    assert "Das Angebot hat sich geändert" in page.text
    assert status_of(portal, people, document_id) == "open"
    assert "Das Angebot ist angenommen." in page.submit("/accept").text


def test_a_form_without_the_content_that_was_read_accepts_nothing(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people)
    form = customer.open(f"/documents/{document_id}/accept").form("/accept")
    assert _sent(customer, form.action, form.fields | {"sha256": ""}).status == 400
    assert status_of(portal, people, document_id) == "open"


def test_of_two_tabs_the_second_is_told_how_the_offer_stands(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people)
    accepting = customer.open(f"/documents/{document_id}/accept")
    declining = customer.open(f"/documents/{document_id}/decline")
    accepting.submit("/accept")
    assert "Das Angebot ist schon angenommen." in declining.submit("/decline").text
    assert "Das Angebot ist schon angenommen." in customer.open(f"/documents/{document_id}/accept").text
    assert "Vielen Dank!" in accepting.submit("/accept").text
    assert status_of(portal, people, document_id) == "accepted"


def test_an_offer_that_was_replaced_meanwhile_is_not_accepted(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people)
    page = customer.open(f"/documents/{document_id}/accept")
    offer(portal, people, replaces=document_id)
    assert "durch ein neues ersetzt" in page.submit("/accept").text
    assert status_of(portal, people, document_id) == "replaced"


def test_an_offer_is_declined_with_a_reason_or_without(
    portal: Stack, people: Company, customer: Browser
) -> None:
    given, silent = offer(portal, people), offer(portal, people)
    page = customer.open(f"/documents/{given}/decline").submit("/decline", reason="Zu teuer & zu spät")
    assert "Das Angebot ist abgelehnt." in page.text
    assert "Zu teuer & zu spät" in page.text
    customer.open(f"/documents/{silent}/decline").submit("/decline")
    assert [status_of(portal, people, id_) for id_ in (given, silent)] == ["declined", "declined"]


def test_a_reason_that_is_too_long_is_said_at_the_field(
    portal: Stack, people: Company, customer: Browser
) -> None:
    document_id = offer(portal, people)
    page = customer.open(f"/documents/{document_id}/decline").submit("/decline", reason="x" * 10_000)
    assert page.status == 422
    assert 'id="reason-error"' in page.html
    assert status_of(portal, people, document_id) == "open"


def test_an_invoice_can_not_be_answered(portal: Stack, people: Company, customer: Browser) -> None:
    document_id = published(portal, people, kind="invoice", number="RE-1", total=TOTAL)
    assert customer.open(f"/documents/{document_id}/accept").status == 404


@pytest.fixture
def request_id(portal: Stack, people: Company) -> str:
    """A request with an attachment."""
    attachment_id = attach(
        portal, people.customer, TEXT, filename="Größe.txt", media_type="text/plain", size=len(TEXT)
    )
    request_id = submit(portal, people.customer, attachment_ids=[attachment_id])
    wait_for_view(portal, people)
    return request_id


def test_customer_and_staff_save_a_requests_attachments_and_strangers_do_not(
    portal: Stack, people: Company, gateway: Flask, customer: Browser, staff: Browser, request_id: str
) -> None:
    shown = customer.open(f"/requests/{request_id}"), staff.open(f"/provider/requests/{request_id}")
    for page in shown:
        assert "Größe.txt" in page.text
        address = "/attachments/" + page.html.partition('href="/attachments/')[2].partition('"')[0]
        answer = page.browser.client.get(address)
        assert answer.data == TEXT
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    stranger = Browser(gateway)
    stranger.sign_in(portal.customer(people.staff_token).email, PASSWORD)
    assert stranger.open(address).status == 404


def _sent(browser: Browser, address: str, fields: dict[str, str]) -> Page:
    return Page(browser, browser.send(address, fields, follow=True))
