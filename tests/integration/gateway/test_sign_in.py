"""Signing in and out."""

from datetime import timedelta

import pytest
from flask import Flask

from services.gateway.security import believe, client, local_path
from shared.messaging.client import RpcClient
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.support.stack import PASSWORD, Stack

WRONG = "Die E-Mail-Adresse oder das Passwort stimmt nicht."
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\/evil.example",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "javascript:alert(1)",
    "evil.example",
)


def test_a_wrong_password_and_an_unknown_address_read_the_same(gateway: Flask, people: Company) -> None:
    wrong = Browser(gateway).sign_in(people.customer.email, "not the password at all")
    unknown = Browser(gateway).sign_in("nobody@example.com", PASSWORD)
    assert (wrong.status, unknown.status) == (401, 401)
    assert WRONG in wrong.text
    assert WRONG in unknown.text
    assert wrong.form("/sign-in").fields["email"] == people.customer.email
    assert "not the password" not in wrong.html


def test_who_guesses_passwords_is_told_to_wait_and_nobody_else(gateway: Flask, people: Company) -> None:
    guesser = Browser(gateway, "2001:db8::1")
    page = next(
        page
        for page in (guesser.sign_in(people.customer.email, "not the password") for _ in range(20))
        if page.status == 429
    )
    assert "Das waren zu viele Versuche" in page.text
    assert int(page.answer.headers["Retry-After"]) >= 1
    assert page.form("/sign-in").fields["email"] == people.customer.email
    assert Browser(gateway, "2001:db8:1::1").sign_in(people.customer.email, PASSWORD).path == "/"


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("2001:db8::8", "2001:db8::/64"),
        ("192.0.2.7:1234", "192.0.2.7"),
        ("[2001:db8::7]:1234", "2001:db8::/64"),
        ("[2001:db8::7]", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("no address", None),
    ],
)
def test_a_browser_is_known_by_its_address_or_by_the_network_it_can_choose_one_in(
    gateway: Flask, address: str, seen: str | None
) -> None:
    with gateway.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert client() == seen


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "192.0.2.7"), (2, "198.51.100.9")])
def test_only_what_the_own_proxies_say_of_a_browser_is_believed(proxies: int, seen: str) -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: str(client()))
    believe(app, proxies=proxies)
    forwarded = {"X-Forwarded-For": "203.0.113.6, 198.51.100.9, 192.0.2.7:1234"}
    assert app.test_client().get("/", headers=forwarded).text == seen


def test_what_is_not_filled_in_is_said_at_the_field(gateway: Flask) -> None:
    page = Browser(gateway).sign_in("", "")
    assert page.status == 422
    assert 'id="email-error"' in page.html
    assert 'id="password-error"' in page.html


def test_signing_in_leads_back_to_the_page_that_was_asked_for(gateway: Flask, people: Company) -> None:
    page = Browser(gateway).open("/requests?status=done")
    assert page.path == "/sign-in"
    page = page.submit("/sign-in", email=people.customer.email, password=PASSWORD)
    assert (page.path, page.answer.request.args["status"]) == ("/requests", "done")


def test_an_open_page_in_which_a_script_puts_something_leads_to_signing_in_as_a_whole(gateway: Flask) -> None:
    search = {"HX-Request": "true"}
    answer = Browser(gateway).client.get("/sites?search=Lager", headers=search)
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/sites?search%3DLager"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_to_another_host(target: str) -> None:
    assert local_path(target) is None


def test_a_target_elsewhere_leads_to_the_start_page(gateway: Flask, people: Company) -> None:
    browser = Browser(gateway)
    for target in ELSEWHERE:
        fields = browser.open("/sign-in").form("/sign-in").fields
        typed = {"email": people.customer.email, "password": PASSWORD, "next": target}
        assert browser.send("/sign-in", fields | typed).headers["Location"] == "/"
        browser.open("/").submit("/sign-out")


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(gateway: Flask, people: Company) -> None:
    browser = Browser(gateway)
    fields = browser.open("/sign-in").form("/sign-in").fields
    answer = browser.send("/sign-in", fields | {"email": people.customer.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_session_is_a_new_one_after_signing_in(gateway: Flask, people: Company) -> None:
    browser = Browser(gateway)
    before = browser.open("/sign-in").form("/sign-in").fields
    browser.sign_in(people.customer.email, PASSWORD)
    assert browser.send("/sign-out", before).status_code == 400


def test_after_signing_out_the_session_is_over_for_copies_of_the_cookie_too(
    gateway: Flask, customer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = customer.client.get_cookie("portal")
    assert copied is not None
    assert customer.open("/").submit("/sign-out").path == "/sign-in"
    assert customer.open("/").path == "/sign-in"

    other = Browser(gateway)
    other.client.set_cookie("portal", copied.value)
    make_tokens_old(monkeypatch)
    assert other.open("/").path == "/sign-in"


def test_an_access_token_that_ends_soon_is_renewed_without_anyone_noticing(
    customer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = customer.client.get_cookie("portal")
    make_tokens_old(monkeypatch)
    assert customer.open("/").path == "/"
    after = customer.client.get_cookie("portal")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_two_tabs_may_renew_the_session_at_once(
    gateway: Flask, customer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = customer.client.get_cookie("portal")
    assert cookie is not None
    other = Browser(gateway)
    other.client.set_cookie("portal", cookie.value)
    make_tokens_old(monkeypatch)
    assert (customer.open("/").path, other.open("/").path) == ("/", "/")
    assert (customer.open("/requests").path, other.open("/requests").path) == ("/requests", "/requests")


def test_a_customer_whose_provider_switched_the_portal_off_is_told_so(
    portal: Stack, gateway: Flask, people: Company
) -> None:
    portal.call("invitation.deactivate_portal", people.staff_token)
    page = Browser(gateway).sign_in(people.customer.email, PASSWORD)
    assert page.status == 409
    assert "Das Kundenportal ist ausgeschaltet" in page.text


def test_a_token_that_the_services_refuse_leads_to_signing_in_again(
    customer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = RpcClient.call

    def with_a_spoilt_token(self: RpcClient, *target: str, **given: object) -> object:
        return original(self, *target, **given | {"auth_token": "spoilt"})  # type: ignore[arg-type]

    monkeypatch.setattr(RpcClient, "call", with_a_spoilt_token)
    page = customer.open("/requests")
    assert page.path == "/sign-in"
    assert "Ihre Sitzung ist abgelaufen" in page.text


def make_tokens_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the gateway believe that access tokens have less time left than it wants."""
    monkeypatch.setattr("services.gateway.session.REFRESH_BEFORE", timedelta(hours=1))
