"""Appends events, runs relays in this process and in others, and watches what comes out of the broker."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pika
from sqlalchemy import Engine, select

from shared.contracts.declare import Event
from shared.contracts.position import Position
from shared.contracts.requests import RequestAccepted, RequestSubmitted
from shared.contracts.stream import StreamType
from shared.eventlog import log
from shared.eventlog.log import Origin
from shared.eventlog.relay import Relay
from shared.eventlog.scope import Scope
from shared.eventlog.tables import relay as relay_table
from shared.eventlog.unit import unit_of_work
from shared.messaging.cloudevents import received
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.publisher import Publisher

REQUEST = StreamType("request", lambda _state, event: event)
PATIENCE_S = 60.0


def submitted() -> RequestSubmitted:
    return RequestSubmitted(
        request_id=uuid4(),
        number="R-1",
        contact_id=uuid4(),
        site_id=uuid4(),
        title="Heizung kalt",
        description="Seit gestern Abend bleibt die Heizung im Erdgeschoss kalt.",
    )


def accepted() -> RequestAccepted:
    return RequestAccepted(
        request_id=uuid4(),
        contact_id=uuid4(),
        site_id=uuid4(),
        title="Heizung kalt",
        description="Seit gestern Abend bleibt die Heizung im Erdgeschoss kalt.",
    )


def append(
    engine: Engine, count: int, *, partition: int = 0, make: Callable[[], Event] = submitted
) -> Position:
    """Append events of one provider to `partition` in one commit, without ringing."""
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        for _ in range(count):
            stream = unit.new(REQUEST, uuid4(), provider_id=UUID(int=partition), company_id=uuid4())
            stream.create(make)
        position = unit.commit(Origin(uuid4(), uuid4(), {"kind": "test"}))
    assert position is not None
    return position


def eventually(condition: Callable[[], Any], *, within: float = PATIENCE_S) -> Any:
    """Wait until `condition` is true and return what it gave; fail when it isn't within the bound."""
    deadline = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{condition} was not met within {within} s")
        time.sleep(0.02)
    return result


def published(engine: Engine) -> bool:
    """Whether the relay's position has come to the log's end in every partition."""
    with engine.connect() as connection:
        heads = {head.partition: head.position for head in log.heads(connection)}
        saved = {
            row.partition: row.position
            for row in connection.execute(select(relay_table.c.partition, relay_table.c.position))
        }
    return heads == saved


def state(engine: Engine, partition: int = 0) -> Any:
    """Position, owner, fence and error that the relay's row of a partition holds."""
    columns = relay_table.c.position, relay_table.c.owner, relay_table.c.fence, relay_table.c.error
    with engine.connect() as connection:
        return connection.execute(select(*columns).where(relay_table.c.partition == partition)).one()


class Queue:
    """A durable queue of a bare AMQP client, bound to all events of `requests`."""

    def __init__(self, amqp_uri: str, name: str = "watcher", *, routing_key: str = "#") -> None:
        self.amqp_uri, self.name = amqp_uri, name
        with self.channel() as channel:
            # As plain nameko declares it; other arguments than the relay's would be refused.
            channel.exchange_declare("requests.events", "topic", durable=True)
            channel.queue_declare(name, durable=True)
            channel.queue_bind(name, "requests.events", routing_key)

    @contextmanager
    def channel(self) -> Iterator[Any]:
        with closing(pika.BlockingConnection(pika.URLParameters(self.amqp_uri))) as connection:
            yield connection.channel()

    @classmethod
    def existing(cls, amqp_uri: str, name: str) -> "Queue":
        """A queue that somebody else declares."""
        queue = cls.__new__(cls)
        queue.amqp_uri, queue.name = amqp_uri, name
        return queue

    def messages(self) -> list[tuple[Any, Any, bytes]]:
        """Everything that lies in the queue now, taken out."""
        with self.channel() as channel:
            return list(iter(lambda: channel.basic_get(self.name, auto_ack=True), (None, None, None)))

    def positions(self) -> dict[int, list[int]]:
        """The positions of what lies in the queue, a list a partition, in the order of arrival."""
        seen: dict[int, list[int]] = defaultdict(list)
        for _method, properties, body in self.messages():
            position = received(properties.headers, body).position
            seen[position.partition].append(position.position)
        return dict(seen)


def assert_nothing_lost_and_in_order(positions: Sequence[int], head: int) -> None:
    """Each position is seen first in its turn; repetitions go back and then on without a gap."""
    assert list(dict.fromkeys(positions)) == list(range(1, head + 1))
    assert all(later == earlier + 1 or later <= earlier for earlier, later in pairwise(positions))


@contextmanager
def relaying(engine: Engine, publisher: Publisher, **options: Any) -> Iterator[Relay]:
    """A relay in this process."""
    relay = Relay(engine, publisher, owner="here", **options)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()
        publisher.close()


@contextmanager
def relaying_to(engine: Engine, amqp_uri: str, **options: Any) -> Iterator[Relay]:
    """A relay in this process that publishes over pika."""
    with relaying(engine, PikaPublisher(amqp_uri), **options) as relay:
        yield relay


class RelayProcess:
    """`python -m shared.eventlog.relay`, with its log in a file."""

    def __init__(self, database_url: str, amqp_uri: str, log_file: Path, *, failpoints: str = "") -> None:
        self._log_file = log_file
        with log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "shared.eventlog.relay"],
                env={
                    **os.environ,
                    "DATABASE_URL": database_url,
                    "AMQP_URI": amqp_uri,
                    "PORTAL_FAILPOINTS": failpoints,
                },
                stderr=log,
            )

    def __enter__(self) -> "RelayProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def events(self) -> list[str]:
        """The names of what it has logged so far."""
        lines = self._log_file.read_text().splitlines()
        return [json.loads(line)["event"] for line in lines if line.startswith("{")]

    def owns(self, engine: Engine, partition: int = 0) -> bool:
        owner = state(engine, partition).owner
        return owner is not None and owner.endswith(f":{self.process.pid}")

    def is_paused(self) -> bool:
        status = Path(f"/proc/{self.process.pid}/stat").read_text()
        return status.rpartition(")")[2].split()[0] == "T"

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)
