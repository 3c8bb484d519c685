"""The RPC client: many threads on one connection, no answer mixed up, none lost, none waited for in vain."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from deploy.servers import RabbitMQ
from shared.contracts.errors import DeadlineExceeded, InvalidTransition, PortalError, Unavailable
from shared.messaging.client import RpcClient
from shared.messaging.errors import RemoteError
from tests.integration.messaging.given import entered
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire


def caught(client: RpcClient, bare: Wire, threads: ThreadPoolExecutor) -> tuple[Future[Any], Any]:
    """A call under way and its message's properties, for the test to answer in the service's place."""
    queue = bare.channel.queue_declare("", exclusive=True).method.queue
    bare.channel.queue_bind(queue, "nameko-rpc", "strange.*")
    call = threads.submit(client.call, "strange", "method")
    properties, _ = wait_until(lambda: bare.take(queue), what="the call is there")
    return call, properties


def test_many_threads_share_a_connection_and_each_gets_its_own_answers(
    samples: Samples, rabbitmq: RabbitMQ, client: RpcClient, threads: ThreadPoolExecutor
):
    def call(thread: int) -> list[tuple[str, int]]:
        answers = [client.call("sample", "echo", text=f"{thread}", number=n) for n in range(50)]
        return [(answer["text"], answer["number"]) for answer in answers]

    for thread, answers in enumerate(threads.map(call, range(16))):
        assert answers == [(str(thread), n) for n in range(50)]


def test_large_answers_of_many_calls_at_once_arrive_whole(client: RpcClient, threads: ThreadPoolExecutor):
    """They take many frames each, on one channel of the service."""
    texts = [str(n % 10) * 500_000 for n in range(32)]
    answers = threads.map(lambda text: client.call("sample", "echo", text=text)["text"], texts)
    assert list(answers) == texts


def test_an_error_is_raised_as_what_it_was(client: RpcClient):
    with pytest.raises(InvalidTransition) as refused:
        client.call("sample", "refuse")
    assert refused.value.message == "It is closed; open it first."
    assert refused.value.details == {"state": "closed", "since": 3}


def test_an_error_of_an_unknown_kind_is_a_remote_error(
    samples: Samples, client: RpcClient, bare: Wire, threads: ThreadPoolExecutor
):
    """As a newer service sends it."""
    body = (
        b'{"result": null, "error": {"exc_type": "Newer", "code": "newer", "message": "New.", "details": {}}}'
    )
    call, properties = caught(client, bare, threads)
    bare.publish(properties.reply_to, body, exchange="", correlation_id=properties.correlation_id)
    with pytest.raises(RemoteError, match="New") as refused:
        call.result(5)
    assert (refused.value.exc_type, refused.value.remote_code) == ("Newer", "newer")


def test_a_late_answer_is_dropped(client: RpcClient, gate: Path):
    with pytest.raises(DeadlineExceeded):
        client.call("sample", "wait", gate=str(gate), timeout=0.2)
    gate.touch()
    answers = [client.call("sample", "echo", text=f"call {n}")["text"] for n in range(20)]
    assert answers == [f"call {n}" for n in range(20)]
    assert client._pending == {}


def test_a_service_that_was_never_there_is_unavailable_at_once(client: RpcClient):
    client.call("sample", "pid")
    before = time.monotonic()
    with pytest.raises(Unavailable, match="nowhere has not been started"):
        client.call("nowhere", "echo", text="x")
    assert time.monotonic() - before < 1


@pytest.mark.parametrize("body", [b"not JSON", b"[]", b'{"error": "text"}', b"\xff"])
def test_an_answer_that_is_none_fails_its_call_alone(
    samples: Samples, client: RpcClient, bare: Wire, threads: ThreadPoolExecutor, body: bytes
):
    call, properties = caught(client, bare, threads)
    bare.publish(properties.reply_to, body, exchange="", correlation_id=properties.correlation_id)
    with pytest.raises(RemoteError):
        call.result(5)
    assert client.call("sample", "echo", text="next")["text"] == "next"


def test_a_closed_clients_calls_fail(samples: Samples, gate: Path):
    client = RpcClient(samples.amqp_uri, name="closing")
    failed: list[PortalError] = []

    def call() -> None:
        try:
            client.call("sample", "wait", gate=str(gate))
        except PortalError as error:
            failed.append(error)

    thread = Thread(target=call)
    thread.start()
    entered(gate)
    client.close()
    thread.join(5)
    gate.touch()
    assert [error.code for error in failed] == ["unavailable"]
