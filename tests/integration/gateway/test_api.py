"""The JSON API: every operation works for whom it is meant, and for nobody else."""

import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from shared.messaging.client import RpcClient
from shared.messaging.rpc import CUSTOMER, STAFF
from tests.integration.gateway import api_story
from tests.integration.gateway.api_client import API, ApiClient
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.services.belongings import Belongings, belongings
from tests.integration.services.rules import OPEN_TO_ANYONE, RULES
from tests.support.stack import PASSWORD, Stack

NEW_PASSWORD = "eine andere lange Wendung, 27 Kessel"
# It has no end, and tests of its own.
ELSEWHERE = {("get", "/changes")}


class Noted(ApiClient):
    """Remembers what was answered well, by the operation of the specification."""

    def send(
        self, verb: str, path: str, headers: dict[str, str] | None = None, **details: Any
    ) -> TestResponse:
        answer = super().send(verb, path, headers, **details)
        if answer.status_code < 300:
            WORKED.add((verb.lower(), answer.request.path.removeprefix(API)))
        return answer


WORKED: set[tuple[str, str]] = set()
FOR_PEOPLE = {target for target, kinds in RULES.items() if {CUSTOMER, STAFF} & kinds} | OPEN_TO_ANYONE
# Three are for gateways; instead of the fourth, a session is ended by its id where there is a bearer token.
FOR_PEOPLE -= {"invitation.keys", "customers.names", "invitation.access_of", "invitation.sign_out"}
# Pages of the back office alone show why somebody can see something, and ask before something is published.
FOR_PEOPLE -= {"portal_read.viewers", "portal_read.seen_by", "documents.check_publish"}


def operations(gateway: Flask) -> dict[tuple[str, str], Any]:
    """The operations of the specification, by method and path."""
    paths = gateway.test_client().get("/api/openapi.json").get_json()["paths"]
    return {
        (verb, path.removeprefix(API)): operation
        for path, verbs in paths.items()
        for verb, operation in verbs.items()
        if verb != "parameters"
    }


def is_of(operation: tuple[str, str], request: tuple[str, str]) -> bool:
    pattern = re.sub(r"\{\w+\}", "[^/]+", operation[1])
    return operation[0] == request[0] and re.fullmatch(pattern, request[1]) is not None


def programs(kind: str, gateway: Flask, people: Company) -> tuple[Noted, Noted]:
    """The customer's program and the staff's, each signed in the one way or the other."""
    made = []
    for email in (people.customer.email, people.staff_email):
        browser = Browser(gateway)
        if kind == "session":
            browser.sign_in(email, PASSWORD)
            made.append(Noted.with_session(browser.client))
        else:
            body = {"email": email, "password": PASSWORD}
            session = Noted(browser.client).do("POST", "/session", body)
            assert browser.client.get_cookie("portal") is None
            made.append(Noted.with_token(browser.client, session["access_token"]))
    customer, staff = made
    return customer, staff


@pytest.mark.parametrize("kind", ["bearer", "session"])
def test_every_operation_works_with_a_bearer_token_and_with_a_session(
    portal: Stack, gateway: Flask, people: Company, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    WORKED.clear()
    called = noting_calls(monkeypatch)
    customer, staff = programs(kind, gateway, people)
    api_story.settings_and_view(customer)
    api_story.doing_it(customer, staff, api_story.asking_for_work(customer, staff))
    api_story.offers(customer, staff)
    company_id = api_story.keeping_companies(staff)
    invitation_id = api_story.keeping_the_portal(staff, company_id)
    _getting_in(portal, Noted(gateway.test_client()), invitation_id)
    _passwords(portal, gateway, customer, people)
    staff.do("DELETE", f"/sessions/{staff.get('/sessions')['items'][-1]['session_id']}")
    customer.do("DELETE", "/session")

    untried = {each for each in operations(gateway) if not any(is_of(each, request) for request in WORKED)}
    assert untried == ELSEWHERE
    unreachable = FOR_PEOPLE - called
    assert unreachable == set()


def noting_calls(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The methods that are called from now on."""
    original, called = RpcClient.call, set()

    def noting(self: RpcClient, service: str, method: str, /, **given: Any) -> Any:
        called.add(f"{service}.{method}")
        return original(self, service, method, **given)

    monkeypatch.setattr(RpcClient, "call", noting)
    return called


def _getting_in(portal: Stack, nobody: ApiClient, invitation_id: str) -> None:
    token = portal.call("invitation.issue_token", portal.service, invitation_id=invitation_id)["token"]
    assert nobody.get(f"/invitations/{token}")["state"] == "open"
    nobody.do("POST", f"/invitations/{token}/renew", {})
    session = nobody.do("POST", f"/invitations/{token}/accept", {"password": PASSWORD})
    renewed = nobody.do("POST", "/session/refresh", {"refresh_token": session["refresh_token"]})
    assert renewed["access_token"]


def _passwords(portal: Stack, gateway: Flask, customer: ApiClient, people: Company) -> None:
    customer.do("POST", "/password", {"current": PASSWORD, "new": NEW_PASSWORD})
    nobody = Noted(gateway.test_client())
    nobody.do("POST", "/session", {"email": people.customer.email, "password": NEW_PASSWORD})
    nobody.do("POST", "/password-reset", {"email": people.customer.email})
    issued = portal.call(
        "invitation.issue_reset_token", portal.service, account_id=people.customer.account_id
    )
    assert nobody.get(f"/password-reset/{issued['token']}") == {"email": people.customer.email}
    nobody.do("POST", f"/password-reset/{issued['token']}", {"password": PASSWORD})


@pytest.fixture(scope="module")
def owner(portal: Stack) -> Belongings:
    return belongings(portal, portal.provider())


def test_an_id_of_somebody_else_reads_as_one_that_does_not_exist(
    portal: Stack, gateway: Flask, owner: Belongings
) -> None:
    elsewhere = belongings(portal, portal.provider("Maier Kältetechnik"))
    neighbour = portal.customer(owner.staff)
    strangers = {
        "customers": [neighbour.token, elsewhere.customer.token],
        "provider": [elsewhere.staff],
    }
    for (verb, path), operation in operations(gateway).items():
        if "{" not in path or not operation["security"]:
            continue
        example = (
            operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        )
        for token in strangers["provider" if path.startswith("/provider") else "customers"]:
            program = ApiClient.with_token(gateway.test_client(), token)
            foreign, unknown = (
                program.send(verb.upper(), _filled(path, ids), **_body(path, example))
                for ids in (owner.ids, {})
            )
            assert (foreign.status_code, foreign.data) == (unknown.status_code, unknown.data), (verb, path)
            assert foreign.status_code == 404, (verb, path, foreign.data)


def _filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], str(uuid4())), path)


def _body(path: str, example: Any) -> dict[str, Any]:
    if path.endswith("/files"):
        return api_story.file_form(b"%PDF-", "a.pdf", "application/pdf")
    return {"json": example} if example is not None else {}


def test_an_operation_of_the_one_kind_of_account_is_forbidden_for_the_other(
    gateway: Flask, owner: Belongings
) -> None:
    customer = ApiClient.with_token(gateway.test_client(), owner.customer.token)
    staff = ApiClient.with_token(gateway.test_client(), owner.staff)
    assert customer.send("GET", "/provider/companies").status_code == 403
    assert customer.send("POST", f"/provider/requests/{owner.ids['request_id']}/accept").status_code == 403
    assert staff.send("GET", "/dashboard").status_code == 403
    assert staff.send("PATCH", "/settings", json={"phone": None}).status_code == 403
    form = api_story.file_form(b"x", "a.txt", "text/plain")
    assert staff.send("POST", "/attachments", **form).status_code == 403


def test_what_was_sent_twice_with_a_key_is_done_once(gateway: Flask, owner: Belongings) -> None:
    customer = ApiClient.with_token(gateway.test_client(), owner.customer.token)
    body = {"title": "Heizung kalt", "description": "", "site_id": owner.customer.site_id}
    headers = {"Idempotency-Key": str(uuid4())}
    first, second = (customer.send("POST", "/requests", headers, json=body) for _ in range(2))
    assert first.get_json() == second.get_json()
    assert first.headers["Portal-Position"] == first.get_json()["position"]
    other = customer.send("POST", "/requests", headers, json=body | {"title": "Etwas anderes"})
    assert (other.status_code, other.get_json()["code"]) == (409, "conflict")
    for key in ("x" * 101, "ä", "a b"):
        wrong = customer.send("POST", "/requests", {"Idempotency-Key": key}, json=body)
        assert (wrong.status_code, list(wrong.get_json()["errors"])) == (422, ["Idempotency-Key"])


def test_a_query_reflects_the_position_that_it_is_asked_for(gateway: Flask, owner: Belongings) -> None:
    customer = ApiClient.with_token(gateway.test_client(), owner.customer.token)
    body = {"title": "Licht geht nicht", "description": "", "site_id": owner.customer.site_id}
    sent = customer.send("POST", "/requests", json=body)
    position = sent.headers["Portal-Position"]
    listed = customer.get("/requests", at_least=position)
    assert listed["reached"]
    assert sent.get_json()["request_id"] in {each["request_id"] for each in listed["items"]}


def test_a_long_list_comes_in_pages(portal: Stack, gateway: Flask, people: Company) -> None:
    staff = ApiClient.with_token(gateway.test_client(), people.staff_token)
    for count in range(51):
        portal.call("customers.register_company", people.staff_token, name=f"Gasthof {count:02}")
    first = staff.get("/provider/companies", search="Gasthof")
    rest = staff.get("/provider/companies", search="Gasthof", cursor=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (50, 1, None)
