"""The RPC client while connections break, fall silent, or there is no broker at all."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.servers import RabbitMQ
from shared.contracts.errors import PortalError, Unavailable
from shared.messaging import broker
from shared.messaging.client import RpcClient
from tests.integration.messaging.given import entered, interrupt
from tests.support.proxy import Proxy
from tests.support.samples import OURS, Samples
from tests.support.waiting import wait_until


def interrupted(
    renaming: Callable[..., Any],
    samples: Samples,
    rabbitmq: RabbitMQ,
    gate: Path,
    threads: ThreadPoolExecutor,
) -> Future[Any]:
    """A call under way, whose line was lost before it was let through the gate."""
    call = threads.submit(renaming, gate=str(gate))
    entered(gate)
    interrupt(samples, rabbitmq)
    gate.touch()
    return call


def test_a_connection_lost_in_mid_call_costs_nobody_an_answer(
    samples: Samples, rabbitmq: RabbitMQ, staff: str, gate: Path, threads: ThreadPoolExecutor
):
    """Sent again by the client, given back by the broker: the command is carried out once all the same."""
    company_id = samples.register(staff)
    renaming = partial(samples.call, "sample.rename", staff, company_id=company_id, name="once")
    call = interrupted(renaming, samples, rabbitmq, gate, threads)
    assert call.result(15)["names"] == ["Bäckerei Öztürk", "once"]
    assert len(samples.history(company_id)) == 2


def test_one_whose_answer_is_not_remembered_is_carried_out_once_and_says_that_it_may_have_been(
    samples: Samples, rabbitmq: RabbitMQ, staff: str, gate: Path, threads: ThreadPoolExecutor
):
    company_id = samples.register(staff)
    renaming = partial(samples.call, "sample.rename_secretly", staff, company_id=company_id, name="once")
    call = interrupted(renaming, samples, rabbitmq, gate, threads)
    with pytest.raises(Unavailable, match="look before you repeat it"):
        call.result(15)
    assert len(samples.history(company_id)) == 2


def test_a_command_of_nobody_known_is_not_sent_again(
    samples: Samples, rabbitmq: RabbitMQ, client: RpcClient, gate: Path, threads: ThreadPoolExecutor
):
    call = threads.submit(client.call, "sample", "enter", gate=str(gate))
    entered(gate)
    interrupt(samples, rabbitmq)
    with pytest.raises(Unavailable, match="look whether it was done"):
        call.result(10)
    gate.touch()
    assert client.call("sample", "echo", text="again")["text"] == "again"
    assert len(entered(gate)) == 1


def test_a_connection_that_has_fallen_silent_is_given_up_for_a_new_one(
    samples: Samples, rabbitmq: RabbitMQ, staff: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(broker, "HEARTBEAT_S", 1)
    monkeypatch.setattr(broker, "ANSWER_TIMEOUT_S", 1)
    proxy = Proxy(rabbitmq.port)
    client = RpcClient(samples.amqp_uri.replace(f":{rabbitmq.port}/", f":{proxy.port}/"), name="cut off")
    try:
        client.call("sample", "pid")
        proxy.silence()
        answer = client.call("sample", "echo_signed", auth_token=staff, text="heard", timeout=15)
        assert answer["text"] == "heard"
    finally:
        client.close()
        proxy.close()


def test_without_a_broker_calls_fail_in_time_and_with_it_they_work_again(
    samples: Samples, server_folder: Path, threads: ThreadPoolExecutor
):
    """Stopped and started, with a service and a client that both live on."""
    own = RabbitMQ(server_folder / "own-rabbitmq")
    own.start()
    process = samples.start("islander", *OURS, SAMPLE_NAME="islander", AMQP_URI=own.uri())
    client = RpcClient(own.uri(), name="islander")
    try:
        first = wait_until(lambda: answered(client), what="the service answers")
        own.stop()
        before = time.monotonic()
        with pytest.raises(PortalError) as failed:
            client.call("islander", "pid", timeout=1)
        assert failed.value.code in ("unavailable", "deadline_exceeded")
        with pytest.raises(Unavailable, match="broker can't be reached"):
            client.call("islander", "pid", timeout=0.5)
        assert time.monotonic() - before < 3
        own.start()
        assert wait_until(lambda: answered(client), what="the service answers again") == first
        assert first == {"pid": process.pid}
    finally:
        client.close()
        samples.end("islander")
        own.stop()


def answered(client: RpcClient) -> object:
    """The service's answer, or None while there is none."""
    try:
        return client.call("islander", "pid", timeout=1)
    except PortalError:
        return None
