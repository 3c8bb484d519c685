"""What people see when the services can't be reached or fail."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask

from services.gateway.app import create_app
from services.gateway.changes import Changes
from shared.contracts.errors import InternalError
from shared.database.engine import connect
from shared.files.store import FileStore
from shared.messaging.client import RpcClient
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import SECRET, Company
from tests.support.holding import standing_still
from tests.support.stack import Stack


def moved(browser: Browser, elsewhere: Flask) -> Browser:
    """The same session at another gateway with the same secret."""
    cookie = browser.client.get_cookie("portal")
    assert cookie is not None
    other = Browser(elsewhere)
    other.client.set_cookie("portal", cookie.value)
    return other


@pytest.fixture
def deserted(amqp_uri: str, customer: Browser) -> Iterator[Browser]:
    """The browser of a signed-in customer, at a gateway whose services are gone."""
    client = RpcClient(amqp_uri, name="deserted gateway", timeout=1)
    app = create_app(
        client,
        changes=Changes(amqp_uri, name="deserted changes"),
        files=FileStore("memory://deserted"),
        secret_key=SECRET,
        secure_cookies=False,
    )
    yield moved(customer, app)
    client.close()


def test_without_a_service_a_page_says_which_part_is_missing_and_what_to_do(deserted: Browser) -> None:
    page = deserted.open("/")
    assert page.status == 503
    assert "Ein Teil des Portals antwortet gerade nicht" in page.text
    assert "die Übersicht des Kunden mit Anfragen, Terminen, Anlagen und Dokumenten" in page.text
    assert "Die anderen Bereiche können Sie weiter benutzen." in page.text


def test_a_form_sent_meanwhile_is_kept_and_counts_once(
    customer: Browser, deserted: Browser, people: Company
) -> None:
    fields = customer.open("/requests/new").form("/requests/new").fields
    fields |= {"title": "Heizung <kalt>", "site_id": people.customer.site_id}
    answer = moved(customer, deserted.client.application).send("/requests/new", fields)
    assert answer.status_code == 503
    kept = Browser(deserted.client.application)
    page = type(customer.open("/"))(kept, answer)
    assert page.form().fields == fields
    assert "Noch einmal absenden" in page.text


def test_passwords_are_not_kept_on_an_error_page(lonely_gateway: Flask) -> None:
    client = lonely_gateway.test_client()
    page = client.get("/sign-in", base_url="https://localhost").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "email": "a@example.com", "password": "a password to keep"},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/sign-in"},
    )
    assert answer.status_code == 503
    assert "a password to keep" not in answer.get_data(as_text=True)


def test_the_gateway_is_ready_only_while_the_services_answer(gateway: Flask, lonely_gateway: Flask) -> None:
    assert gateway.test_client().get("/healthz").status_code == 200
    assert gateway.test_client().get("/readyz").status_code == 200
    assert lonely_gateway.test_client().get("/healthz").status_code == 200
    assert lonely_gateway.test_client().get("/readyz").status_code == 503


def test_a_fault_in_a_service_shows_its_reference_and_nothing_else(
    customer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = str(uuid4())

    def fail(*_target: object, **_given: object) -> None:
        raise InternalError(reference)

    monkeypatch.setattr(RpcClient, "call", fail)
    page = customer.open("/")
    assert page.status == 500
    assert reference in page.text


def test_a_fault_in_the_gateway_shows_a_reference_and_no_stack_trace(
    customer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_target: object, **_given: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(RpcClient, "call", fail)
    page = customer.open("/")
    assert page.status == 500
    assert "Da ist uns ein Fehler passiert" in page.text
    assert "secret detail" not in page.html
    assert "Traceback" not in page.html


def test_what_was_just_done_and_is_not_to_be_seen_yet_is_said_to_be_so(
    portal: Stack, customer: Browser, people: Company
) -> None:
    engine = connect(portal.database_url, name="tests of the gateway")
    before = portal.call("portal_read.settings", _token_of(customer))["position"]
    with standing_still(engine, before):
        done = portal.call("customers.register_company", people.staff_token, name="Gasthof Post")
        page = customer.open(f"/?at_least={done['position']}")
    engine.dispose()
    assert page.status == 200
    assert "hier noch nicht zu sehen" in page.text


def test_a_position_that_nobody_was_given_counts_as_none(portal: Stack, customer: Browser) -> None:
    position = portal.call("portal_read.settings", _token_of(customer))["position"]
    page = customer.open(f"/?at_least={position.partition(':')[0]}:999999999")
    assert page.status == 200
    assert "hier noch nicht zu sehen" not in page.text


def _token_of(browser: Browser) -> str:
    with browser.client.session_transaction() as session:
        token: str = session["signed_in"]["access_token"]
        return token
