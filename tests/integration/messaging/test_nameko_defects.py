"""What nameko 2.14.1 does and our stack must not: each row shown on both, or on ours where it is tested.

[…] names the file where a row is shown instead.

 1  waits for an answer for ever           here; 3 ends by the same deadline
 2  runs calls whose caller has given up   here
 4  runs a call twice that came twice      here
 5, 6  waits for a silent broker for ever  here
 7  ten connections, then waits for ever   here
 8  drops what cannot be routed            [eventlog/test_relay_faults.py]
 9  changes options for the whole process  nothing of ours publishes through nameko
10  loses an event whose handler fails     [test_nameko_event_defects.py]
11  tries a failing event without a pause  [test_nameko_event_defects.py]
12  loses a message that it can't decode   [test_nameko_event_defects.py]
13  dies of an exception in an extension   [test_nameko_process_defects.py]
14  dies of a malformed call               [test_nameko_process_defects.py]
15  keeps no order                         [projections pull from the log]
16  one pool for calls and events          [test_nameko_event_defects.py]
17  works twice when a connection breaks   [test_nameko_event_defects.py]
18  a queue with other arguments           [test_nameko_process_defects.py]
19  stops never                            [test_runner.py, both]
20  timers by the wall clock               nothing of ours uses them
21  loses the origin of a chain of calls   here
22  turns an error's values into texts     here
23  keeps late answers                     here; threads in [test_client.py]
25, 27  no runner that works               [test_runner.py]
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kombu import Exchange
from nameko.amqp.publish import Publisher, get_producer
from nameko.exceptions import RemoteError, RpcTimeout
from nameko.standalone.rpc import ClusterRpcProxy
from uuid_utils.compat import uuid7

from deploy.servers import RabbitMQ
from shared.contracts.errors import DeadlineExceeded, InvalidTransition
from shared.messaging.client import RpcClient
from tests.integration.messaging.given import entered, kwargs, marks, plain_proxy
from tests.support.proxy import Proxy
from tests.support.samples import OURS, PLAIN, Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire

LONG_ENOUGH_S = 1.0
both = pytest.mark.parametrize("ours", [True, False], ids=["ours", "plain nameko"])


@both
def test_1_a_call_without_an_answer_ends(
    samples: Samples, gate: Path, threads: ThreadPoolExecutor, ours: bool
):
    if ours:
        with pytest.raises(DeadlineExceeded):
            samples.client.call("sample", "wait", gate=str(gate), timeout=0.3)
        gate.touch()
        return
    with plain_proxy(samples, timeout=None) as proxy:
        call = threads.submit(proxy.plain.wait, gate=str(gate))
        with pytest.raises(TimeoutError):
            call.result(LONG_ENOUGH_S)
        gate.touch()
        call.result(5)


@both
def test_2_a_call_whose_caller_has_given_up_is_not_carried_out(samples: Samples, gate: Path, ours: bool):
    name, command = ("away", OURS) if ours else ("plain-away", PLAIN)
    gate.touch()
    samples.run(name, *command)
    samples.end(name)
    if ours:
        with pytest.raises(DeadlineExceeded):
            samples.client.call(name, "wait", gate=str(gate), timeout=0.2)
    else:
        with plain_proxy(samples, timeout=0.2) as proxy, pytest.raises(RpcTimeout):
            proxy[name].wait(gate=str(gate))
    samples.run(name, *command)
    with plain_proxy(samples) as proxy:
        proxy[name].echo(text="all calls before have been seen to")
    assert marks(f"{gate}.entered") == (0 if ours else 1)
    samples.end(name)


@both
def test_4_a_command_that_comes_twice_is_carried_out_once(
    samples: Samples, bare: Wire, staff: str, gate: Path, ours: bool
):
    gate.touch()
    if ours:
        company_id = samples.register(staff)
        headers = {"nameko.auth_token": staff, "nameko.command_id": str(uuid7())}
        body = kwargs(company_id=company_id, name="once", gate=str(gate))
        assert bare.call("sample.rename", body, headers=headers) == bare.call(
            "sample.rename", body, headers=headers
        )
    else:
        key = bare.reply_queue()
        bare.call("plain.wait", kwargs(gate=str(gate)), reply_to=key)
        bare.call("plain.wait", kwargs(gate=str(gate)), reply_to=key)
    assert marks(f"{gate}.entered") == (1 if ours else 2)


@both
def test_5_and_6_a_broker_that_has_fallen_silent_is_not_waited_for(
    samples: Samples, rabbitmq: RabbitMQ, threads: ThreadPoolExecutor, ours: bool
):
    proxy = Proxy(rabbitmq.port)
    uri = samples.amqp_uri.replace(f":{rabbitmq.port}/", f":{proxy.port}/")
    if ours:
        client = RpcClient(uri, name="cut off")
        client.call("sample", "pid")
        proxy.silence()
        with pytest.raises(DeadlineExceeded):
            client.call("sample", "pid", timeout=0.5)
    else:
        publisher = Publisher(uri, exchange=Exchange("nameko-rpc", "topic"), routing_key="nobody")
        publisher.publish("heard")
        proxy.silence()
        waiting = threads.submit(publisher.publish, "not heard")
        with pytest.raises(TimeoutError):
            waiting.result(LONG_ENOUGH_S)
    proxy.close()


@both
def test_7_more_than_ten_at_once_do_not_wait_for_each_other(
    samples: Samples, gate: Path, threads: ThreadPoolExecutor, ours: bool
):
    if ours:
        calls = [
            threads.submit(samples.client.call, "sample", "wait", gate=str(gate), timeout=5)
            for _ in range(12)
        ]
        entered(gate, times=10)
        gate.touch()
        assert all(call.result(5) for call in calls)
        return
    held = [get_producer(samples.amqp_uri, confirms=False) for _ in range(10)]
    for producer in held:
        producer.__enter__()
    waiting = threads.submit(lambda: get_producer(samples.amqp_uri, confirms=False).__enter__())
    with pytest.raises(TimeoutError):
        waiting.result(LONG_ENOUGH_S)
    for producer in held:
        producer.__exit__(None, None, None)
    waiting.result(5).release()


def test_21_an_event_names_the_chain_of_calls_that_it_comes_from(samples: Samples, staff: str):
    origin, company_id = uuid7(), str(uuid7())
    samples.client.call(
        "sample", "register", auth_token=staff, correlation_id=origin, company_id=company_id, name="x"
    )
    assert samples.history(company_id)[0].correlation_id == origin
    wait_until(
        lambda: bool(samples.query("SELECT 1 FROM eventlog.events WHERE correlation_id = :id", id=origin)),
        what="the event is there",
    )


def test_22_an_errors_details_keep_their_types_with_us_and_are_gone_with_nameko(samples: Samples):
    with pytest.raises(InvalidTransition) as typed:
        samples.call("sample.refuse")
    assert typed.value.details == {"state": "closed", "since": 3}
    with plain_proxy(samples) as proxy, pytest.raises(RemoteError) as untyped:
        proxy.plain.refuse()
    assert vars(untyped.value) == {"exc_type": "InvalidTransition", "value": "It is closed; open it first."}


@both
def test_23_a_late_answer_is_dropped(samples: Samples, gate: Path, ours: bool):
    if ours:
        with pytest.raises(DeadlineExceeded):
            samples.client.call("sample", "wait", gate=str(gate), timeout=0.2)
        gate.touch()
        assert samples.call("sample.echo", text="next")["text"] == "next"
        assert samples.client._pending == {}
        return
    client = ClusterRpcProxy({"AMQP_URI": samples.amqp_uri}, timeout=0.2)
    with client as proxy:
        with pytest.raises(RpcTimeout):
            proxy.plain.wait(gate=str(gate))
        gate.touch()
        kept = client._reply_listener.queue_consumer.replies

        def next_call() -> bool:
            try:
                proxy.plain.echo(text="next")
            except RpcTimeout:
                return False
            return bool(kept)

        assert wait_until(next_call, what="the late answer has come and is kept")
