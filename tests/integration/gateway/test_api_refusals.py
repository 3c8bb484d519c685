"""What the API refuses is a problem that programs and people can read, never a page."""

import hashlib
import io
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from shared.contracts.documents import FILE_BYTES
from shared.messaging.client import RpcClient
from tests.integration.gateway.api_client import API, ApiClient
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.support.photos import photo
from tests.support.stack import PASSWORD, Stack


@pytest.fixture
def program(gateway: Flask, people: Company) -> ApiClient:
    return ApiClient.with_token(gateway.test_client(), people.customer.token)


def problem(answer: TestResponse, status: int, code: str) -> Any:
    """The problem that an answer must be."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    told = answer.get_json(force=True)
    assert (told["status"], told["code"], told["type"]) == (status, code, f"urn:mfr-portal:problem:{code}")
    assert told["title"]
    assert told["detail"]
    return told


def test_whoever_is_not_signed_in_is_told_so(gateway: Flask) -> None:
    paths = gateway.test_client().get("/api/openapi.json").get_json()["paths"]
    for path, verbs in paths.items():
        for verb, operation in verbs.items():
            if verb == "parameters" or not operation["security"]:
                continue
            address = path.removeprefix(API).replace("{", "").replace("}", "")
            address = "/".join(str(uuid4()) if part.endswith("_id") else part for part in address.split("/"))
            answer = ApiClient(gateway.test_client()).send(verb.upper(), address)
            problem(answer, 401, "unauthenticated")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer spoilt", "Bearer a.b.c", "Bearer ", "Basic eDp5", "x"])
def test_a_token_that_is_not_good_is_refused_even_beside_a_session(customer: Browser, header: str) -> None:
    answer = ApiClient(customer.client, {"Authorization": header}).send("GET", "/dashboard")
    problem(answer, 401, "unauthenticated")
    assert customer.open("/").path == "/"


def test_a_session_changes_nothing_without_the_token_against_forged_requests(customer: Browser) -> None:
    for headers in ({}, {"X-CSRFToken": "spoilt"}):
        told = problem(ApiClient(customer.client, headers).send("POST", "/resync"), 403, "forbidden")
        assert "X-CSRFToken" in told["detail"]
    assert ApiClient.with_session(customer.client).send("POST", "/resync").status_code == 202


def test_what_needs_no_token_is_nothing_that_another_site_can_have_sent(gateway: Flask) -> None:
    paths = gateway.test_client().get("/api/openapi.json").get_json()["paths"]
    opened = [path for path, verbs in paths.items() if "post" in verbs and not verbs["post"]["security"]]
    assert f"{API}/invitations/{{token}}/renew" in opened
    nobody = ApiClient(gateway.test_client())
    for path in opened:
        for media_type in (None, "text/plain", "application/x-www-form-urlencoded"):
            answer = nobody.send("POST", path.removeprefix(API), content_type=media_type)
            problem(answer, 415, "unsupported_media_type")
    renewed = nobody.send("POST", "/invitations/unknown/renew", content_type="application/json")
    assert renewed.status_code == 202


def test_wrong_values_are_told_by_field(program: ApiClient) -> None:
    told = problem(program.send("POST", "/requests", json={"title": "x"}), 422, "validation_failed")
    assert told["errors"].keys() == {"title", "description", "site_id"}


@pytest.mark.parametrize("name", ["command_id", "auth_token", "timeout", "correlation_id", "request_id"])
def test_only_what_is_declared_is_passed_on(program: ApiClient, name: str) -> None:
    body = {"title": "Heizung", "description": "", "site_id": str(uuid4()), name: 1}
    assert problem(program.send("POST", "/requests", json=body), 422, "validation_failed")["errors"] == {
        name: ["Unknown field."]
    }
    told = problem(program.send("GET", "/sites", query_string={name: 1}), 422, "validation_failed")
    assert told["errors"] == {name: ["Unknown field."]}


def test_a_value_that_is_given_twice_is_refused(program: ApiClient) -> None:
    told = problem(program.send("GET", "/requests?status=done&status=done"), 422, "validation_failed")
    assert told["errors"] == {"status": ["Given twice."]}


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff", b'"x"', b'{"title":' + b"[" * 200 + b"]" * 200 + b"}"]
)
def test_a_body_that_can_not_be_read_is_refused(program: ApiClient, body: bytes) -> None:
    answer = program.send("POST", "/requests", data=body, content_type="application/json")
    problem(answer, 400, "malformed_request")


def test_a_body_of_another_kind_or_too_large_is_refused(program: ApiClient) -> None:
    problem(program.send("POST", "/requests", data={"title": "x"}), 415, "unsupported_media_type")
    told = problem(program.send("POST", "/requests", json={"title": "x" * 300_000}), 413, "too_large")
    assert told["detail"] == "The body is longer than the 262144 bytes that are taken here."
    problem(program.send("POST", "/attachments", json={}), 415, "unsupported_media_type")


def test_unknown_addresses_and_methods_are_problems_too(program: ApiClient) -> None:
    problem(program.send("GET", "/nowhere"), 404, "not_found")
    problem(program.send("GET", "/requests/no-uuid"), 404, "not_found")
    answer = program.send("DELETE", "/requests")
    problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]
    problem(program.client.get("/api/v2/requests"), 404, "not_found")


def test_who_guesses_passwords_is_told_how_long_to_wait(gateway: Flask) -> None:
    nobody = ApiClient(gateway.test_client())
    wrong = {"email": f"{uuid4()}@example.com", "password": "wrong"}
    nobody.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    for _ in range(5):
        problem(nobody.send("POST", "/session", json=wrong), 401, "unauthenticated")
    answer = nobody.send("POST", "/session", json=wrong)
    problem(answer, 429, "too_many_attempts")
    assert int(answer.headers["Retry-After"]) >= 1


def test_what_is_missing_for_an_invitation_is_named(portal: Stack, gateway: Flask, people: Company) -> None:
    staff = ApiClient.with_token(gateway.test_client(), people.staff_token)
    company_id = staff.do("POST", "/provider/companies", {"name": "Gasthof Post"})["company_id"]
    answer = staff.send("POST", "/provider/invitations", json={"company_id": company_id})
    assert problem(answer, 409, "no_main_contact")["details"] == {"missing": ["no_main_contact"]}


def test_without_services_the_program_is_told_when_to_come_back(lonely_gateway: Flask) -> None:
    nobody = ApiClient(lonely_gateway.test_client())
    answer = nobody.send("POST", "/session", json={"email": "a@example.com", "password": PASSWORD})
    problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_fault_of_ours_tells_a_reference_and_nothing_else(
    program: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_target: object, **_given: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(RpcClient, "call", fail)
    told = problem(program.send("GET", "/dashboard"), 500, "internal_error")
    assert told["details"]["reference"] in told["detail"]
    assert "secret" not in str(told)


def form(content: bytes, *, name: str = "file", media_type: str = "text/plain") -> dict[str, Any]:
    return {
        "data": {name: (io.BytesIO(content), "Notiz.txt", media_type)},
        "content_type": "multipart/form-data",
    }


def test_a_file_is_judged_by_its_content(program: ApiClient) -> None:
    page = form(b"<html><script>1</script></html>", media_type="image/png")
    problem(program.send("POST", "/attachments", **page), 422, "validation_failed")


def test_a_damaged_picture_is_told_from_another_kind_of_file(program: ApiClient) -> None:
    for content, field in ((photo("image/png")[:-40], "sha256"), (b"no picture", "media_type")):
        sent = form(content, media_type="image/png")
        told = problem(program.send("POST", "/attachments", **sent), 422, "validation_failed")
        assert list(told["errors"]) == [field]


def test_a_form_without_the_file_or_with_more_than_it_is_refused(portal: Stack, program: ApiClient) -> None:
    for data in (form(b"x", name="photo"), {"data": {"file": "x"}, "content_type": "multipart/form-data"}):
        told = problem(program.send("POST", "/attachments", **data), 422, "validation_failed")
        assert list(told["errors"]) == ["file"]
    two, content = form(b"of two parts"), hashlib.sha256(b"of two parts").hexdigest()
    two["data"]["more"] = (io.BytesIO(b"x"), "Notiz.txt")
    problem(program.send("POST", "/attachments", **two), 422, "validation_failed")
    assert not [location for location in portal.files.locations() if location.endswith(content)]


@pytest.mark.parametrize("kept", [30, 100, -20])
def test_a_form_that_ends_too_early_leaves_nothing(program: ApiClient, kept: int) -> None:
    whole = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n" + b"x" * 100_000 + b"\r\n--b--\r\n"
    )
    answer = program.send(
        "POST", "/attachments", data=whole[:kept], content_type="multipart/form-data; boundary=b"
    )
    problem(answer, 400, "malformed_request")


def test_a_file_that_is_too_large_is_refused(program: ApiClient) -> None:
    problem(program.send("POST", "/attachments", **form(b"x" * (FILE_BYTES + 1))), 413, "too_large")
    problem(program.send("POST", "/attachments", **form(b"x" * (FILE_BYTES + 100_000))), 413, "too_large")


def test_answers_of_the_api_are_kept_by_nobody_and_shown_to_no_other_site(program: ApiClient) -> None:
    answer = program.send("GET", "/dashboard", {"Origin": "https://evil.example"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not any(name.startswith("Access-Control-") for name in dict(answer.headers))
