"""Callers and subscribers that know nameko's wire and nothing of ours are served."""

import json
from pathlib import Path

import pytest
from nameko.exceptions import MethodNotFound, RemoteError

from tests.integration.messaging.given import kwargs, plain_proxy, publish, registered
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import DIRECT, Wire


def test_a_plain_nameko_proxy_gets_results(samples: Samples):
    with plain_proxy(samples) as proxy:
        assert proxy.sample.echo(text="Grüß Gott", number=3) == {"text": "Grüß Gott", "number": 3}
        assert proxy.sample.echo("by position") == {"text": "by position", "number": None}
        pending = [proxy.sample.echo.call_async(f"call {n}", number=n) for n in range(5)]
        assert [answer.result()["number"] for answer in pending] == [0, 1, 2, 3, 4]


def test_a_plain_nameko_proxy_sends_its_token_in_the_context_data(samples: Samples, staff: str):
    with plain_proxy(samples, auth_token=staff) as proxy:
        assert proxy.sample.echo_signed(text="known")["text"] == "known"
    with plain_proxy(samples) as proxy, pytest.raises(RemoteError) as refused:
        proxy.sample.echo_signed(text="unknown")
    assert refused.value.exc_type == "Unauthenticated"


def test_a_plain_nameko_proxy_gets_errors_by_their_type(samples: Samples):
    with plain_proxy(samples) as proxy:
        with pytest.raises(RemoteError) as refused:
            proxy.sample.refuse()
        assert (refused.value.exc_type, refused.value.value) == (
            "InvalidTransition",
            "It is closed; open it first.",
        )
        with pytest.raises(MethodNotFound):
            proxy.sample.nothing()
        with pytest.raises(RemoteError) as refused:
            proxy.sample.echo(text=5)
        assert refused.value.exc_type == "ValidationFailed"


def test_a_bare_client_with_a_reply_queue_of_its_own_gets_its_answer(bare: Wire):
    key = bare.reply_queue()
    answer = bare.call("sample.echo", {"args": ["mine"], "kwargs": {"number": 1}}, reply_to=key)
    assert answer == {"result": {"text": "mine", "number": 1}, "error": None}


def test_a_bare_client_with_direct_reply_to_gets_its_answer(bare: Wire):
    answer = bare.call("sample.echo", kwargs(text="direct"), reply_to=DIRECT)
    assert answer == {"result": {"text": "direct", "number": None}, "error": None}


def test_an_answer_is_transient_json_with_the_calls_correlation_id(bare: Wire):
    key = bare.reply_queue()
    bare.publish("sample.echo", kwargs(text="x"), reply_to=key, correlation_id="the call's")
    bare.reply("the call's")
    properties = bare.last_properties
    assert (properties.content_type, properties.content_encoding) == ("application/json", "utf-8")
    assert properties.delivery_mode == 1


def test_the_error_envelope_says_all_that_the_contract_promises(bare: Wire):
    answer = bare.call("sample.refuse")
    assert answer == {
        "result": None,
        "error": {
            "exc_type": "InvalidTransition",
            "exc_path": "shared.contracts.errors.InvalidTransition",
            "exc_args": ["It is closed; open it first."],
            "value": "It is closed; open it first.",
            "code": "invalid_transition",
            "message": "It is closed; open it first.",
            "details": {"state": "closed", "since": 3},
        },
    }


def test_a_fault_of_ours_tells_a_reference_and_not_its_cause(samples: Samples, bare: Wire):
    error = bare.call("sample.fail")["error"]
    assert (error["exc_type"], error["code"]) == ("InternalError", "internal_error")
    assert "secret" not in json.dumps(error)
    assert error["details"]["reference"] in error["message"]
    log = samples.log("sample").decode()
    assert next(line for line in log.splitlines() if error["details"]["reference"] in line)


@pytest.mark.usefixtures("unharmed")
def test_a_refusal_that_json_cannot_hold_is_a_fault_of_ours_and_ends_no_process(bare: Wire):
    assert bare.call("sample.refuse_unsendably")["error"]["code"] == "internal_error"


def test_a_plain_nameko_event_handler_gets_our_events(samples: Samples, bare: Wire, tmp_path: Path):
    publish(bare, registered(samples.engine, "Bäckerei Öztürk", number=str(tmp_path / "event")))
    wait_until((tmp_path / "event.seen").exists, what="nameko's handler was called with the payload")
