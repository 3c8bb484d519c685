"""Whatever a message holds, its sender gets an error that says what is wrong, and the service lives on."""

import time
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.integration.messaging.given import kwargs, refusal
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire

MEGABYTE = 1024 * 1024
PARKED = "rpc.malformed"
pytestmark = pytest.mark.usefixtures("unharmed")


def fields(bare: Wire, method: str, body: Any) -> set[str]:
    """The fields that a call's arguments are refused for."""
    error = bare.call(method, body)["error"]
    assert error["exc_type"] == "ValidationFailed"
    return set(error["details"]["fields"])


@pytest.mark.parametrize("routing_key", ["sample.nothing", "sample.name", "sample._once", "sample."])
def test_a_method_that_is_none_is_not_found(bare: Wire, routing_key: str):
    assert refusal(bare, routing_key)[0] == "MethodNotFound"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (kwargs(), {"text"}),
        (kwargs(text="x", more=1), {"more"}),
        ({"args": ["x", 1, 2], "kwargs": {}}, {"args"}),
        ({"args": ["x"], "kwargs": {"text": "y"}}, {"text"}),
        (kwargs(text=5), {"text"}),
        (kwargs(text=None), {"text"}),
        (kwargs(text=["x"]), {"text"}),
        (kwargs(text="x", number="1"), {"number"}),
        (kwargs(text="x", number=1.5), {"number"}),
        (kwargs(text="x", number=True), {"number"}),
        (kwargs(text="x", number=10**30), {"number"}),
        (kwargs(text=" "), {"text"}),
        (kwargs(text="a\0b"), {"text"}),
        (kwargs(**{"text": "x", "a\0b": 1}), {"a\0b"}),
    ],
)
def test_arguments_that_do_not_fit_are_named(bare: Wire, body: Any, wrong: set[str]):
    assert fields(bare, "sample.echo", body) == wrong


@pytest.mark.parametrize("command_id", ["", "x" * 101, 5, ["a"], {"a": 1}, "a\0b", "a\nb", True])
def test_a_command_id_must_be_a_short_text(bare: Wire, staff: str, command_id: Any):
    body = kwargs(company_id=str(uuid7()), name="x", command_id=command_id)
    assert fields(bare, "sample.register", body) == {"command_id"}
    error = bare.call("sample.register", kwargs(), headers={"nameko.command_id": 5})["error"]
    assert set(error["details"]["fields"]) == {"command_id"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"\xff\xfe",
        b"null",
        b"5",
        b"[]",
        b'"args"',
        b"{}",
        b'{"args": []}',
        b'{"kwargs": {}}',
        b'{"args": {}, "kwargs": []}',
        b'{"args": [], "kwargs": {"text": "\\ud800"}}',
        b'{"args": [], "kwargs": {"text": NaN}}',
        b'{"args": [' + b"[" * 10_000 + b"]" * 10_000 + b'], "kwargs": {}}',
        b'{"args": [], "kwargs": {"text": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}}",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_no_call_is_malformed(bare: Wire, body: bytes):
    assert refusal(bare, "sample.echo", body)[0] == "MalformedRequest"


def test_a_message_of_ten_megabytes_is_refused_and_one_below_the_limit_taken(bare: Wire):
    error, text = refusal(bare, "sample.echo", kwargs(text="x" * 10 * MEGABYTE))
    assert error == "MalformedRequest"
    assert "1048576 are allowed" in text
    assert bare.call("sample.echo", kwargs(text="x" * 900_000))["error"] is None


@pytest.mark.parametrize(
    "properties",
    [
        {"content_type": "application/x-python-serialize"},
        {"content_type": "text/plain", "content_encoding": "utf-16"},
        {"content_type": None, "content_encoding": None},
        {"content_type": "x" * 255, "content_encoding": "no such encoding"},
    ],
    ids=str,
)
def test_the_body_counts_and_not_what_the_properties_call_it(bare: Wire, properties: dict[str, Any]):
    assert bare.call("sample.echo", kwargs(text="x"), **properties)["result"]["text"] == "x"


@pytest.mark.parametrize(
    "headers",
    [
        {"nameko.deadline": "soon"},
        {"nameko.deadline": {"a": [1]}},
        {"nameko.deadline": True},
        {"nameko.correlation_id": 5},
        {"nameko.correlation_id": "no uuid"},
        {"nameko.correlation_id": ["a"]},
        {"nameko.auth_token": {"kind": "operator"}},
        {"nameko.auth_token": b"\xff\xfe"},
        {"nameko.call_id_stack": 5},
    ],
    ids=str,
)
def test_headers_of_a_wrong_type_do_no_harm(bare: Wire, headers: dict[str, Any]):
    assert bare.call("sample.echo", kwargs(text="x"), headers=headers)["result"]["text"] == "x"


@pytest.mark.parametrize("body", [b"", b"\x00\xff raw", b'{"args": [], "kwargs": {}}'], ids=repr)
def test_what_nobody_waits_for_is_parked_as_it_came(bare: Wire, body: bytes):
    bare.channel.queue_purge(PARKED)
    bare.publish("sample.echo", body)
    properties, parked = wait_until(lambda: bare.take(PARKED), what="the message is parked")
    assert parked == body
    assert properties.content_type == "application/octet-stream"


@pytest.mark.parametrize("reply_to", ["nobody", "nobody.listens.here", "x" * 255])
def test_an_answer_that_nobody_takes_is_dropped(bare: Wire, reply_to: str):
    bare.publish("sample.echo", kwargs(text="x"), reply_to=reply_to, correlation_id="c")


@pytest.mark.parametrize(("method", "more"), [("company", {}), ("rename", {"name": "mine"})])
def test_a_strangers_id_is_answered_exactly_as_one_that_does_not_exist(
    samples: Samples, bare: Wire, staff: str, method: str, more: dict[str, str]
):
    theirs = samples.register(staff)
    stranger = {"nameko.auth_token": samples.staff(uuid7())}
    answers = [
        bare.call(f"sample.{method}", kwargs(company_id=company_id, **more), headers=stranger)
        for company_id in (theirs, str(uuid7()))
    ]
    assert answers[0] == answers[1]
    assert answers[0]["error"]["exc_type"] == "NotFound"
    assert len(samples.history(theirs)) == 1


def test_a_deadline_that_has_passed_leaves_nothing_done(samples: Samples, bare: Wire, staff: str):
    company_id = samples.register(staff)
    headers = {"nameko.auth_token": staff, "nameko.deadline": int(time.time()) - 1}
    answer = refusal(bare, "sample.rename", kwargs(company_id=company_id, name="late"), headers=headers)
    assert answer[0] == "DeadlineExceeded"
    assert len(samples.history(company_id)) == 1
