"""The relay from log to broker, beside bare pika that publishes the same bodies to the same broker."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any
from uuid import UUID, uuid4

import pika
from sqlalchemy import Engine, text

from benchmarks import servers
from shared.contracts.requests import RequestSubmitted
from shared.contracts.stream import StreamType
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.eventlog import log
from shared.eventlog.log import Origin
from shared.eventlog.relay import Relay
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from shared.messaging.cloudevents import outgoing
from shared.messaging.pika_publisher import PikaPublisher

EVENTS = 20_000
ONE_BY_ONE = 2_000
RUNS = 5
PARTITIONS = 8
PER_COMMIT = 500
QUEUE = "benchmark.relay"
EXCHANGE, TYPE = "requests.events", "request_submitted"
REQUEST = StreamType("request", lambda _state, event: event)


def run() -> list[dict[str, Any]]:
    """Medians of five runs, in events a second; `ratio` is the relay's rate against the peer's."""
    with servers.database() as url, servers.broker() as amqp_uri:
        engine = connect(url, name="benchmark", pool_size=20)
        bodies = _fill(engine)
        rates: dict[str, list[float]] = {"relay": [], "unconfirmed": [], "one by one": []}
        # In turns, so that a noisy minute on the machine meets all of them.
        for _ in range(RUNS):
            _start_over(engine)
            rates["relay"].append(_rate(amqp_uri, lambda: _relaying(engine, amqp_uri)))
            rates["unconfirmed"].append(_rate(amqp_uri, lambda: _publishing(amqp_uri, bodies, confirm=False)))
            rates["one by one"].append(
                _rate(amqp_uri, lambda: _publishing(amqp_uri, bodies[:ONE_BY_ONE], confirm=True))
            )
        engine.dispose()
    relay, unconfirmed, one_by_one = (statistics.median(each) for each in rates.values())
    return [
        _row(
            "relay, log to broker, confirmed", relay, "pika basic_publish, unconfirmed", relay / unconfirmed
        ),
        _row("relay, log to broker, confirmed", relay, "pika, confirmed one by one", relay / one_by_one),
        _row("pika basic_publish, unconfirmed", unconfirmed, None, None),
        _row("pika, confirmed one by one", one_by_one, None, None),
    ]


def _row(name: str, value: float, peer: str | None, ratio: float | None) -> dict[str, Any]:
    rounded = None if ratio is None else round(ratio, 2)
    return {"name": name, "value": round(value), "unit": "events/s", "peer": peer, "ratio": rounded}


def _fill(engine: Engine) -> list[bytes]:
    """Append the events, evenly over the partitions, and return their bodies."""
    upgrade(engine)
    for number in range(EVENTS // PER_COMMIT):
        with unit_of_work(engine, Scope.EVERYTHING) as unit:
            for _ in range(PER_COMMIT):
                stream = unit.new(REQUEST, uuid4(), provider_id=UUID(int=number % PARTITIONS))
                stream.create(_submitted)
            unit.commit(Origin(uuid4(), uuid4(), {"kind": "benchmark"}))
    with engine.connect() as connection:
        return [
            outgoing(recorded).body
            for head in log.heads(connection)
            for recorded in log.read(connection, head.partition, after=0, limit=EVENTS)
        ]


def _submitted() -> RequestSubmitted:
    return RequestSubmitted(
        request_id=uuid4(),
        number="R-1",
        contact_id=uuid4(),
        site_id=uuid4(),
        title="Heizung im Erdgeschoss bleibt kalt",
        description="Seit gestern Abend bleiben alle Heizkörper im Erdgeschoss kalt, oben ist es warm. " * 3,
    )


def _rate(amqp_uri: str, publishing: Callable[[], AbstractContextManager[int]]) -> float:
    """Messages a second from the first publish until all lie in the queue; cleaning up is not counted."""
    with closing(pika.BlockingConnection(pika.URLParameters(amqp_uri))) as connection:
        channel = connection.channel()
        channel.exchange_declare(EXCHANGE, "topic", durable=True)
        channel.queue_declare(QUEUE, durable=True)
        channel.queue_bind(QUEUE, EXCHANGE, "#")
        channel.queue_purge(QUEUE)
        started = time.perf_counter()
        with publishing() as count:
            while channel.queue_declare(QUEUE, passive=True).method.message_count < count:
                connection.sleep(0.002)
            seconds = time.perf_counter() - started
        channel.queue_delete(QUEUE)
    return count / seconds


@contextmanager
def _publishing(amqp_uri: str, bodies: Sequence[bytes], *, confirm: bool) -> Iterator[int]:
    properties = pika.BasicProperties(content_type="application/json", delivery_mode=2)
    with closing(pika.BlockingConnection(pika.URLParameters(amqp_uri))) as connection:
        channel = connection.channel()
        if confirm:
            channel.confirm_delivery()
        for body in bodies:
            channel.basic_publish(EXCHANGE, TYPE, body, properties)
        yield len(bodies)


@contextmanager
def _relaying(engine: Engine, amqp_uri: str) -> Iterator[int]:
    """Relay the whole log again, until every position is saved."""
    publisher = PikaPublisher(amqp_uri)
    relay = Relay(engine, publisher, owner="benchmark")
    relay.start()
    while not _finished(engine):
        time.sleep(0.01)
    yield EVENTS
    relay.stop()
    publisher.close()


def _start_over(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE eventlog.relay SET position = 0"))


def _finished(engine: Engine) -> bool:
    unpublished = text(
        "SELECT count(*) FROM eventlog.relay JOIN eventlog.partitions USING (partition) WHERE position < head"
    )
    with engine.connect() as connection:
        return bool(connection.execute(unpublished).scalar_one() == 0)
