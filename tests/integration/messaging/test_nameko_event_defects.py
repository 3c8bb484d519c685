"""What nameko 2.14.1 does to events and our stack must not; see test_nameko_defects.py for the list."""

from pathlib import Path
from uuid import uuid4

import pytest
from nameko.exceptions import RpcTimeout

from deploy.servers import RabbitMQ
from shared.contracts.customers import CompanyUpdated
from tests.integration.messaging.given import entered, interrupt, marks, plain_proxy, publish, registered
from tests.support.sample_services import RETRY_AFTER_S
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire

EVENTS = "sample.company_registered"
DEAD = f"{EVENTS}.dead"
PLAIN_EVENTS = "evt-customers-company_registered--plain.on_registered"
LONG_ENOUGH_S = 1.0


def test_10_an_event_whose_handler_fails_is_lost_by_nameko_and_parked_by_us(
    samples: Samples, bare: Wire, tmp_path: Path
):
    bare.channel.queue_purge(DEAD)
    event = registered(samples.engine, "fail", number=str(tmp_path / "event"))
    publish(bare, event)
    wait_until((tmp_path / "event.seen").exists, what="nameko's handler has failed")
    assert wait_until(lambda: bare.take(DEAD), what="ours is parked")[1] == event.body
    assert (marks(tmp_path / "event.seen"), bare.depth(PLAIN_EVENTS)) == (1, 0)


def test_11_a_failing_event_is_tried_over_and_over_by_nameko_and_with_pauses_by_us(
    samples: Samples, bare: Wire, tmp_path: Path
):
    bare.channel.queue_purge(DEAD)
    number = str(tmp_path / "event")
    publish(bare, registered(samples.engine, "fail", number=number))
    wait_until(lambda: bare.take(DEAD), what="ours is parked")
    assert marks(f"{number}.failed") == 1 + len(RETRY_AFTER_S)
    hot = registered(samples.engine, "x", number=str(tmp_path / "hot"))
    bare.publish(CompanyUpdated.type, hot.body, exchange="customers.events", content_encoding="utf-8")
    wait_until(lambda: marks(tmp_path / "hot.failed") > 100, what="nameko has tried", timeout=5)
    (tmp_path / "hot").touch()


def test_12_a_message_that_can_not_be_decoded_is_lost_by_nameko_and_parked_by_us(
    samples: Samples, bare: Wire
):
    bare.channel.queue_purge(DEAD)
    before = samples.log("plain").count(b"Can't decode")
    bare.publish("company_registered", b"not JSON", exchange="customers.events", content_encoding="utf-8")
    assert wait_until(lambda: bare.take(DEAD), what="ours is parked")[1] == b"not JSON"
    wait_until(lambda: samples.log("plain").count(b"Can't decode") > before, what="nameko has logged it")
    assert bare.depth(PLAIN_EVENTS) == 0


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "plain nameko"])
def test_16_events_that_take_long_do_not_keep_calls_waiting(
    samples: Samples, bare: Wire, gate: Path, ours: bool
):
    queue = EVENTS if ours else PLAIN_EVENTS
    for _ in range(10):
        publish(bare, registered(samples.engine, "wait", number=str(gate)), queue=queue)
    entered(gate, times=1 if ours else 10)
    if ours:
        assert samples.client.call("sample", "echo", text="x", timeout=2)["text"] == "x"
    else:
        with plain_proxy(samples, timeout=LONG_ENOUGH_S) as proxy, pytest.raises(RpcTimeout):
            proxy.plain.echo(text="x")
    gate.touch()
    wait_until(lambda: bare.depth(queue) == 0, what="all are handled")


def test_17_a_connection_that_breaks_makes_nameko_work_twice_and_us_once(
    samples: Samples, bare: Wire, rabbitmq: RabbitMQ, tmp_path: Path
):
    gate, name = tmp_path / "gate", f"wait {uuid4()}"
    publish(bare, registered(samples.engine, name, number=str(gate)))
    entered(gate, times=2)
    interrupt(samples, rabbitmq)
    wait_until(lambda: marks(f"{gate}.seen") == 2, what="nameko has begun again")
    gate.touch()
    wait_until(
        lambda: samples.query("SELECT name FROM reactions WHERE name = :name", name=name), what="we are done"
    )
    samples.call("sample.pid")
    assert len(samples.query("SELECT name FROM reactions WHERE name = :name", name=name)) == 1
