"""A customer's requests."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from tests.integration.gateway.browser import Browser, Page
from tests.integration.gateway.conftest import Company
from tests.support.holding import standing_still
from tests.support.stack import Stack

TITLE = "Heizung im Keller fällt aus"


def submit(browser: Browser, people: Company, **typed: str) -> Page:
    typed = {"title": TITLE, "description": "Seit gestern.", "site_id": people.customer.site_id} | typed
    return browser.open("/requests/new").submit("/requests/new", **typed)


def test_a_request_is_there_at_once_after_it_was_submitted(people: Company, customer: Browser) -> None:
    page = submit(customer, people, equipment_id=people.customer.equipment_id)
    assert page.status == 200
    assert re.fullmatch(r"/requests/[0-9a-f-]{36}", page.path)
    assert "ist eingereicht" in page.text
    for text in (TITLE, "Eingereicht", "Filiale Süd", "Gasbrennwertkessel", "Seit gestern."):
        assert text in page.text
    assert TITLE in customer.open("/").text
    assert TITLE in customer.open("/requests?status=submitted").text
    assert TITLE not in customer.open("/requests?status=done").text


def test_a_request_that_the_view_does_not_show_yet_is_there_once_it_does(
    portal: Stack, portal_database: Engine, people: Company, customer: Browser
) -> None:
    before = submit(customer, people).answer.request.args["at_least"]
    with standing_still(portal_database, before):
        form = customer.open("/requests/new")
        command = form.form("/requests/new").fields["command_id"]
        soon = form.submit("/requests/new", title="Noch etwas", site_id=people.customer.site_id)
    assert soon.status == 202
    assert "zeigt sie in Kürze" in soon.text
    [address] = [link for link in soon.links if link.startswith(f"{soon.path}?")]
    shown = customer.open(address)
    assert shown.status == 200
    assert "Noch etwas" in shown.text
    for page in (soon, shown):
        assert f'data-sent="{command}"' in page.html


def test_a_form_that_is_sent_twice_makes_one_request(people: Company, customer: Browser) -> None:
    fields = customer.open("/requests/new").form("/requests/new").fields
    fields |= {"title": TITLE, "site_id": people.customer.site_id}
    first = customer.send("/requests/new", fields)
    second = customer.send("/requests/new", fields)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    customer.open(first.headers["Location"])
    assert customer.open("/requests").html.count('class="entry-title"') == 1


def test_a_form_that_was_sent_and_then_changed_is_shown_again(people: Company, customer: Browser) -> None:
    form = customer.open("/requests/new")
    form.submit("/requests/new", title=TITLE, site_id=people.customer.site_id)
    page = form.submit("/requests/new", title="Etwas anderes", site_id=people.customer.site_id)
    assert page.status == 409
    assert "Diese Anfrage haben Sie schon gesendet" in page.text
    assert page.form("/requests/new").fields["title"] == "Etwas anderes"
    assert page.submit("/requests/new").path.startswith("/requests/")
    assert customer.open("/requests").html.count('class="entry-title"') == 2


def test_errors_stand_at_their_fields_and_what_was_typed_stays(customer: Browser, people: Company) -> None:
    description = "Zeile eins\n\nZeile <zwei> & mehr"
    page = customer.open("/requests/new").submit(
        "/requests/new", title="ab", description=description, site_id="", equipment_id=""
    )
    assert page.status == 422
    assert 'id="title-error">Bitte geben Sie 3 bis 120 Zeichen ein.' in page.html
    assert 'id="site_id-error">Bitte wählen Sie etwas aus.' in page.html
    assert 'aria-describedby="title-hint title-error"' in page.html
    fields = page.form("/requests/new").fields
    assert (fields["title"], fields["description"]) == ("ab", description)
    page = page.submit("/requests/new", title="abc", site_id=people.customer.site_id)
    assert page.path.startswith("/requests/")


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"title": ""}, "title", "Bitte füllen Sie dieses Feld aus."),
        ({"title": "   "}, "title", "Bitte füllen Sie dieses Feld aus."),
        ({"title": "x" * 121}, "title", "Bitte geben Sie 3 bis 120 Zeichen ein."),
        ({"title": "Hei\x07zung"}, "title", "Bitte entfernen Sie Sonderzeichen"),
        ({"description": "x" * 10_001}, "description", "Bitte geben Sie höchstens 10.000 Zeichen ein."),
        ({"site_id": str(uuid4())}, "site_id", "Das gibt es nicht mehr."),
        ({"equipment_id": str(uuid4())}, "equipment_id", "Das gibt es nicht mehr."),
        ({"site_id": "nonsense"}, "site_id", "Bitte wählen Sie etwas aus."),
    ],
)
def test_each_error_is_told_in_german(
    people: Company, customer: Browser, typed: dict[str, str], field: str, message: str
) -> None:
    page = submit(customer, people, **typed)
    assert page.status == 422
    assert f'id="{field}-error">{message}' in page.html


def test_a_long_text_of_wide_characters_fits(people: Company, customer: Browser) -> None:
    page = submit(customer, people, description="🔧" * 10_000)
    assert page.path.startswith("/requests/")


def test_a_customers_other_sites_can_not_be_asked_for(
    portal: Stack, people: Company, customer: Browser
) -> None:
    other = portal.customer(people.staff_token)
    page = submit(customer, people, site_id=other.site_id)
    assert page.status == 422
    assert 'id="site_id-error"' in page.html


def test_somebody_elses_request_is_not_found(portal: Stack, people: Company, customer: Browser) -> None:
    other = portal.customer(people.staff_token)
    submitted = portal.call(
        "requests.submit", other.token, title=TITLE, description="", site_id=other.site_id
    )
    for suffix in ("", f"?at_least={submitted['position']}"):
        page = customer.open(f"/requests/{submitted['request_id']}{suffix}")
        assert page.status == 404
        assert TITLE not in page.text
    fields = customer.open("/").form("/sign-out").fields | {"command_id": str(uuid4())}
    assert customer.send(f"/requests/{submitted['request_id']}/withdraw", fields).status_code == 404
    assert portal.call("requests.request", other.token, request_id=submitted["request_id"])["status"] == (
        "submitted"
    )


@pytest.mark.parametrize("address", ["/requests/1", "/requests/nonsense", f"/requests/{UUID(int=1)}"])
def test_a_request_that_does_not_exist_is_not_found(customer: Browser, address: str) -> None:
    assert customer.open(address).status == 404


def test_nonsense_in_an_address_does_no_harm(customer: Browser) -> None:
    assert customer.open("/requests?status=nonsense&at_least=nonsense").status == 200
    assert customer.open("/requests?cursor=nonsense").status == 400


def test_a_request_can_be_withdrawn_once(people: Company, customer: Browser) -> None:
    page = submit(customer, people)
    address = page.path
    withdrawn = page.submit("/withdraw")
    assert "Ihre Anfrage ist zurückgezogen." in withdrawn.text
    assert "/withdraw" not in withdrawn.html
    again = page.submit("/withdraw")
    assert (again.path, again.status) == (address, 200)


def test_withdrawing_what_was_accepted_shows_how_things_stand(
    portal: Stack, people: Company, customer: Browser
) -> None:
    page = submit(customer, people)
    portal.call("requests.accept", people.staff_token, request_id=page.path.rpartition("/")[2])
    page = page.submit("/withdraw")
    assert page.status == 200
    assert "Die Anfrage wurde inzwischen angenommen." in page.text


def test_the_list_goes_on_where_a_page_ends(portal: Stack, people: Company, customer: Browser) -> None:
    numbers = set()
    for count in range(51):
        last = portal.call(
            "requests.submit",
            people.customer.token,
            title=f"Anfrage {count}",
            description="",
            site_id=people.customer.site_id,
        )
        numbers.add(last["number"])
    page = customer.open(f"/requests?at_least={last['position']}")
    shown = set()
    while True:
        shown |= set(re.findall(r"A-\d{4}-\d{5}", page.text))
        more = re.search(r'class="text-center"><a class="btn" href="([^"]+)"', page.html)
        if more is None:
            break
        page = customer.open(more[1].replace("&amp;", "&"))
    assert shown == numbers


def test_the_start_page_shows_sites_requests_and_appointments(
    portal: Stack, people: Company, customer: Browser
) -> None:
    submit(customer, people)
    page = customer.open("/")
    for text in ("Bäckerei Müller", "Filiale Süd", "Bahnhofstraße 1, 80335 München", TITLE, "Neue Anfrage"):
        assert text in page.text
    assert "1 offene Anfrage" in page.text
    assert f"site={people.customer.site_id}" in page.html
