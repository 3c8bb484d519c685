"""Staff publish PDFs to a company, correct them, and take them back."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from shared.contracts.documents import FILE_BYTES
from shared.contracts.errors import Unavailable
from shared.formats import TIME_ZONE
from shared.identity.tokens import now
from shared.messaging.client import RpcClient
from tests.integration.gateway.browser import Browser, Chosen, Page
from tests.integration.gateway.conftest import Company
from tests.support.file_contents import TEXT, pdf
from tests.support.stack import Stack


@pytest.fixture
def form(staff: Browser, people: Company) -> Page:
    return staff.open(f"/provider/companies/{people.customer.company_id}/documents/new/offer")


def chosen(content: bytes, name: str = "Angebot.pdf") -> Chosen:
    return BytesIO(content), name, "application/pdf"


def offer(**details: str | Chosen) -> dict[str, Any]:
    last = (now().astimezone(TIME_ZONE).date() + timedelta(days=14)).isoformat()
    return {"number": "AN-1", "title": "Neue Pumpe", "total": "1.299,90", "valid_until": last} | details


def published(form: Page, **typed: Any) -> Page:
    """The page of what the form publishes, once it was asked for twice."""
    return form.submit(**typed).submit(confirmed="yes")


def silence(monkeypatch: pytest.MonkeyPatch, silent: str) -> None:
    """From now on one method gives no answer."""
    original = RpcClient.call

    def call(self: RpcClient, service: str, method: str, /, **given: Any) -> Any:
        if method == silent:
            raise Unavailable()
        return original(self, service, method, **given)

    monkeypatch.setattr(RpcClient, "call", call)


def test_an_offer_is_published_and_shows_who_answered_it(
    portal: Stack, people: Company, staff: Browser, form: Page
) -> None:
    page = published(form, **offer(file=chosen(pdf("first")), site_id=people.customer.site_id))
    for text in ("Das Dokument ist veröffentlicht.", "Angebot AN-1", "1.299,90", "Filiale Süd", "Offen"):
        assert text in page.text
    document_id = page.path.rpartition("/")[2]
    content = staff.open(f"/documents/{document_id}/file").answer.get_data()
    assert content == pdf("first")
    sha256 = portal.call("documents.document", people.staff_token, document_id=document_id)["sha256"]
    portal.call("documents.accept_offer", people.customer.token, document_id=document_id, sha256=sha256)
    answered = staff.open(page.path)
    assert "Angenommen von Jörg Müller am" in answered.text
    assert "Zurückziehen" not in answered.text
    for listing in ("/provider/documents?kind=offer", f"/provider/companies/{people.customer.company_id}"):
        assert "Neue Pumpe" in staff.open(listing).text


def test_what_is_about_to_be_published_is_shown_and_asked_about_first(
    portal: Stack, people: Company, staff: Browser, form: Page
) -> None:
    typed = offer(file=chosen(pdf("asked")), site_id=people.customer.site_id)
    asked = form.submit(**typed)
    for text in ("So veröffentlichen?", "AN-1", "Neue Pumpe", "Bäckerei Müller", "1.299,90", "Filiale Süd"):
        assert text in asked.text
    assert f"E-Mail an Jörg Müller ({people.customer.email})" in asked.text
    assert "noch keinen Zugang" not in asked.text
    assert portal.call("documents.documents", people.staff_token)["items"] == []
    again = asked.submit(change="yes")
    assert again.form().fields["number"] == "AN-1"
    assert "Angebot.pdf ist hochgeladen." in again.text
    page = again.submit(title="Neue Umwälzpumpe").submit(confirmed="yes")
    assert ("Das Dokument ist veröffentlicht." in page.text, "Neue Umwälzpumpe" in page.text) == (True, True)


def test_it_says_beforehand_that_nobody_gets_a_mail_and_why(
    portal: Stack, people: Company, staff: Browser
) -> None:
    company = portal.call("customers.register_company", people.staff_token, name="Gasthof Post")
    form = staff.open(f"/provider/companies/{company['company_id']}/documents/new/offer")
    asked = form.submit(**offer(file=chosen(pdf("nobody"))))
    assert "E-Mail an Niemand. Es gibt noch keinen Hauptansprechpartner." in asked.text
    assert "noch keinen Zugang" in asked.text
    assert "Das Dokument ist veröffentlicht." in asked.submit(confirmed="yes").text


@pytest.mark.parametrize(
    ("total", "said"),
    [
        ("0", "Ein Angebot braucht einen Betrag über 0 €."),
        ("-5,00", "Ein Betrag darf nicht negativ sein."),
        ("\N{MINUS SIGN}1.299,90", "Ein Betrag darf nicht negativ sein."),
        ("2.000.000.000", "Bitte geben Sie eine Zahl von 0 bis 1.000.000.000 ein."),
        ("fünf", "Bitte geben Sie eine Zahl ein."),
    ],
)
def test_a_total_that_no_offer_can_have_is_refused_at_its_field(form: Page, total: str, said: str) -> None:
    refused = form.submit(**offer(file=chosen(pdf("total")), total=total))
    assert (refused.status, said in refused.text) == (422, True)
    assert refused.form().fields["total"] == total


def test_a_document_that_comes_without_the_forms_token_is_not_published(
    portal: Stack, people: Company, staff: Browser, form: Page
) -> None:
    fields = {name: value for name, value in form.form().fields.items() if name != "csrf_token"}
    for token in ({}, {"csrf_token": "made up"}):
        forged = fields | token | offer(number="AN-CSRF", file=chosen(pdf("forged")))
        assert staff.send(form.address, forged, media_type="multipart/form-data").status_code == 400
    listed = staff.open(f"/provider/companies/{people.customer.company_id}/documents").text
    assert "AN-CSRF" not in listed


def test_a_mistake_keeps_what_was_typed_and_the_file_that_was_sent(form: Page) -> None:
    refused = form.submit(**offer(file=chosen(pdf("kept")), total="viel", valid_until="2020-01-01"))
    assert refused.status == 422
    assert "Bitte geben Sie eine Zahl ein." in refused.text
    assert "Angebot.pdf ist hochgeladen." in refused.text
    assert refused.form().fields["total"] == "viel"
    past = refused.submit(total="1299,9")
    assert "Bitte wählen Sie einen Tag, der noch nicht vorbei ist." in past.text
    assert "Das Dokument ist veröffentlicht." in published(past, valid_until=offer()["valid_until"]).text


def test_what_is_no_pdf_or_too_large_or_missing_is_refused_at_its_field(form: Page) -> None:
    assert "Bitte füllen Sie dieses Feld aus." in form.submit(**offer()).text
    no_pdf = form.submit(**offer(file=chosen(TEXT)))
    assert (no_pdf.status, "Diese Datei ist kein PDF." in no_pdf.text) == (422, True)
    assert "ist hochgeladen" not in no_pdf.text
    large = form.submit(**offer(file=chosen(b"%PDF-1.4" + b"x" * FILE_BYTES)))
    assert (large.status, "Erlaubt sind 25 MB." in large.text) == (422, True)
    assert large.form().fields["title"] == "Neue Pumpe"


def test_what_is_far_too_large_to_be_taken_in_is_said_to_be_so_with_the_limit(form: Page) -> None:
    answer = form.browser.client.post(
        form.address,
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": str(101 * 1024**2)},
    )
    assert answer.status_code == 413
    for text in ("Diese Datei ist zu groß", "Erlaubt sind 25 MB", "im Browser zurück"):
        assert text in answer.get_data(as_text=True)


def test_a_form_that_breaks_off_is_said_to_have_arrived_in_part(form: Page) -> None:
    answer = form.browser.client.post(
        form.address, content_type="multipart/form-data; boundary=b", data=b"--b\r\nContent-Disposition: fo"
    )
    assert answer.status_code == 400
    assert "Gespeichert wurde nichts" in answer.get_data(as_text=True)


def test_a_file_that_was_stored_need_not_be_sent_again_where_the_service_did_not_answer(
    form: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        silence(meanwhile, "check_publish")
        unanswered = form.submit(**offer(file=chosen(pdf("once"))))
    assert (unanswered.status, "Ihre Eingaben sind noch da" in unanswered.text) == (503, True)
    asked = unanswered.submit()
    assert "Angebot.pdf" in asked.text
    assert "Das Dokument ist veröffentlicht." in asked.submit(confirmed="yes").text


def test_a_number_that_is_taken_is_refused(form: Page) -> None:
    published(form, **offer(file=chosen(pdf("first"))))
    refused = form.browser.open(form.path).submit(**offer(file=chosen(pdf("second"))))
    assert (refused.status, "Diese Nummer ist schon vergeben." in refused.text) == (409, True)
    assert "Das Dokument ist veröffentlicht." in published(refused, number="AN-2").text


def test_a_corrected_offer_takes_the_place_of_the_first_and_is_taken_back(staff: Browser, form: Page) -> None:
    first = published(form, **offer(file=chosen(pdf("first"))))
    correcting = staff.open(f"{form.path}?replaces={first.path.rpartition('/')[2]}")
    assert correcting.form().fields["total"] == "1299,90"
    second = published(correcting, number="AN-1b", file=chosen(pdf("second")))
    assert "An Stelle von" in second.text
    assert "Ersetzt durch" in staff.open(first.path).text
    gone = staff.open(f"{second.path}/withdraw").submit()
    assert "Das Dokument ist zurückgezogen." in gone.text
    late = staff.open(f"{second.path}/withdraw").submit()
    assert "Das wurde inzwischen zurückgezogen." in late.text


def test_a_document_that_was_replaced_meanwhile_is_not_replaced_again(staff: Browser, form: Page) -> None:
    first = published(form, **offer(file=chosen(pdf("first"))))
    correcting = f"{form.path}?replaces={first.path.rpartition('/')[2]}"
    asked = staff.open(correcting).submit(number="AN-1c", file=chosen(pdf("late")))
    published(staff.open(correcting), number="AN-1b", file=chosen(pdf("second")))
    late = asked.submit(confirmed="yes")
    assert "Das wurde inzwischen ersetzt. Hier sehen Sie den aktuellen Stand." in late.text
    too_late = staff.open(correcting)
    assert (too_late.path, "Das wurde inzwischen ersetzt." in too_late.text) == (first.path, True)
