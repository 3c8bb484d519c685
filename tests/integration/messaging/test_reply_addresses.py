"""An answer goes to its caller alone, and no address that a caller makes up harms the calls of others."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from tests.integration.messaging.given import entered, kwargs, marks
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import DIRECT, EXCHANGE, Wire, wire

PARKED = "rpc.malformed"
NO_PROCESS = base64.b64encode(b"\x83Xw\x07reply@1" + bytes(12)).decode()
NO_NODE = f"{DIRECT}.{NO_PROCESS}.LcrdKaSnh4jDNCtgRNwUbQ=="
pytestmark = pytest.mark.usefixtures("unharmed")


def logged(samples: Samples, event: bytes) -> int:
    """How often the service has logged an event."""
    return samples.log("sample").count(b'"event": "' + event + b'"')


def test_no_answer_goes_where_a_services_calls_go_nor_is_such_a_call_kept(samples: Samples, bare: Wire):
    """The answer may hold a session's tokens, and the call a password."""
    bare.channel.queue_purge(PARKED)
    calls = bare.channel.queue_declare("", exclusive=True).method.queue
    bare.channel.queue_bind(calls, EXCHANGE, "victim.*")
    before, secret = logged(samples, b"rpc_reply_refused"), f"secret {uuid4()}"
    bare.publish("sample.echo", kwargs(text=secret), reply_to="victim.method", correlation_id="c")
    wait_until(lambda: logged(samples, b"rpc_reply_refused") > before, what="the address is refused")
    assert (bare.depth(calls), bare.depth(PARKED)) == (0, 0)
    assert secret.encode() not in samples.log("sample")


@pytest.mark.parametrize(
    ("reply_to", "consequence"),
    [
        (f"{DIRECT}.g1h2AA9yZXBseUA=.abc==", b"rpc_reply_refused"),
        (f"{DIRECT}.nonsense", b"rpc_reply_refused"),
        (NO_NODE, b"rpc_answer_not_sent"),
    ],
    ids=["forged", "nonsense", "well formed, of no node"],
)
@pytest.mark.parametrize("method", ["sample.echo", "sample.nothing"])
def test_a_forged_direct_address_neither_interrupts_nor_repeats_the_calls_of_others(
    samples: Samples,
    bare: Wire,
    threads: ThreadPoolExecutor,
    gate: Path,
    method: str,
    reply_to: str,
    consequence: bytes,
):
    """RabbitMQ closes the connection that sends to such an address."""
    before, lost = logged(samples, consequence), logged(samples, b"rpc_connection_lost")
    with wire(samples.amqp_uri) as other:
        under_way = threads.submit(other.call, "sample.enter", kwargs(gate=str(gate)))
        entered(gate)
        bare.publish(method, kwargs(text="x"), reply_to=reply_to, correlation_id="c")
        wait_until(lambda: logged(samples, consequence) > before, what="the address is dealt with")
        gate.touch()
        assert under_way.result(10)["error"] is None
    assert marks(f"{gate}.entered") == 1
    assert logged(samples, b"rpc_connection_lost") == lost


@pytest.mark.parametrize("method", ["sample.echo", "sample.nothing"])
def test_a_caller_with_a_key_of_its_own_is_answered_whatever_the_key_looks_like(bare: Wire, method: str):
    queue = bare.channel.queue_declare("", exclusive=True).method.queue
    bare.listen(queue)
    for key in ("a", "my.own.replies", "Antworten für Jörg"):
        bare.channel.queue_bind(queue, EXCHANGE, key)
        assert bare.call(method, kwargs(text="x"), reply_to=key)
