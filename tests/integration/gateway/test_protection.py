"""What protects people and their browsers on every page."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.support.stack import Stack

PAGES = (
    "/",
    "/sites",
    "/appointments",
    "/appointments/past",
    "/equipment",
    "/documents",
    "/requests",
    "/requests/new",
    "/settings",
)
SCRIPT = "<script>alert('Heizung')</script>"


@pytest.mark.parametrize(
    "path", ["/sign-in", "/reset-password/something", "/", "/nowhere", "/healthz", "/static/portal.css"]
)
def test_every_answer_carries_the_headers_that_protect_browsers(gateway: Flask, path: str) -> None:
    headers = gateway.test_client().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_over_tls_the_cookie_is_secure_and_browsers_stay_with_tls(lonely_gateway: Flask) -> None:
    headers = lonely_gateway.test_client().get("/sign-in").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Set-Cookie"].startswith("__Host-portal=")
    assert "Secure" in headers["Set-Cookie"]


def test_no_page_uses_scripts_or_styles_of_its_own_or_of_other_hosts(customer: Browser) -> None:
    for path in PAGES:
        html = customer.open(path).html
        assert re.findall(r"<script[^>]*>", html) == re.findall(r'<script src="/static/[^">]*"[^>]*>', html)
        assert "</script>" not in re.sub(r"></script>", "", html)
        assert not re.search(r" on[a-z]+=", html)
        assert "style=" not in html
        assert "<style" not in html
        assert "//" not in html.replace("<!doctype html>", "")


def test_pages_are_not_kept_by_the_browser_but_assets_are(gateway: Flask) -> None:
    browser = Browser(gateway)
    page = browser.open("/sign-in")
    assert page.answer.headers["Cache-Control"] == "no-store"
    stylesheet = page.html.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "immutable" in browser.open(stylesheet).answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/static/nothing.css", "/nowhere", "/static/"])
def test_a_page_that_is_not_found_is_not_kept_either(customer: Browser, path: str) -> None:
    answer = customer.client.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_a_redirect_stays_where_the_browser_is(gateway: Flask) -> None:
    for path, target in (
        ("/provider?status=done", "/provider/?status=done"),
        ("/appointments//past", "/appointments/past"),
    ):
        answer = gateway.test_client().get(path, headers={"Host": "elsewhere.example.com"})
        assert (answer.status_code, answer.headers["Location"]) == (308, target)


def test_a_form_without_its_token_is_refused_at_every_address(gateway: Flask, customer: Browser) -> None:
    found = list(addresses_of_forms(gateway))
    assert len(found) > 12
    for path in found:
        answer = customer.send(path, {"title": "Heizung", "password": "x", "email": "x"})
        assert answer.status_code == 400, path
        assert "Das Formular ist nicht mehr gültig" in answer.get_data(as_text=True), path
    assert customer.open("/").path == "/"


def addresses_of_forms(app: Flask) -> Iterator[str]:
    """Where forms of customers' pages go, with any ids put in."""
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(("/api/", "/provider")):
            found: Any = rule.build(dict.fromkeys(rule.arguments, "0197b1c0-0000-7000-8000-000000000000"))
            yield str(found[1])


def test_what_people_type_is_text_on_every_page(
    portal: Stack, people: Company, customer: Browser, staff: Browser
) -> None:
    page = customer.open("/requests/new").submit(
        "/requests/new", title=SCRIPT, description=SCRIPT, site_id=people.customer.site_id
    )
    request_id = page.path.rpartition("/")[2]
    staff.open(f"/provider/requests/{request_id}").submit("/decline", reason=SCRIPT)
    pages = [
        *(customer.open(path) for path in ("/", "/requests", f"/requests/{request_id}")),
        *(staff.open(path) for path in ("/provider/", f"/provider/requests/{request_id}")),
    ]
    for page in pages:
        assert page.status == 200
        assert SCRIPT in page.text
        assert "<script>" not in page.html


def test_a_customer_may_not_enter_the_back_office(customer: Browser) -> None:
    for path in ("/provider/", "/provider/companies", "/provider/nowhere"):
        page = customer.open(path)
        assert page.status in (403, 404)
        assert "Unternehmen suchen" not in page.text
    assert customer.open("/provider/").status == 403
    assert "Dieser Bereich ist nicht für Ihr Konto" in customer.open("/provider/").text


def test_staff_are_led_from_the_customers_pages_to_their_own(staff: Browser) -> None:
    for path in PAGES:
        assert staff.open(path).path == "/provider/"


@pytest.mark.parametrize(
    "path",
    [
        *PAGES,
        "/sites/map",
        "/requests/new/sites",
        "/requests/new/equipment",
        "/provider/",
        "/provider/companies",
    ],
)
def test_nobody_sees_a_page_without_signing_in(gateway: Flask, path: str) -> None:
    assert Browser(gateway).open(path).path == "/sign-in"


def test_a_form_that_is_too_large_is_refused_with_a_page(customer: Browser) -> None:
    fields = customer.open("/requests/new").form("/requests/new").fields
    answer = customer.send("/requests/new", fields | {"title": "Heizung", "description": "x" * 70_000})
    assert answer.status_code == 413
    assert "Das ist zu viel Text" in answer.get_data(as_text=True)
