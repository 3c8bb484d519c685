"""The relay in good times: every event once, in order, readable by anyone; one relay a partition."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import UUID

import pytest
from kombu.connection import Connection
from kombu.entity import Exchange
from kombu.entity import Queue as KombuQueue
from sqlalchemy import Engine

from shared.contracts.position import Position
from shared.contracts.requests import RequestSubmitted
from shared.eventlog.doorbell import Doorbell
from shared.messaging.cloudevents import received
from shared.messaging.kombu_publisher import KombuPublisher
from tests.integration.eventlog.relaying import (
    Queue,
    RelayProcess,
    accepted,
    append,
    assert_nothing_lost_and_in_order,
    eventually,
    published,
    relaying,
    relaying_to,
    state,
    submitted,
)

NAMEKO_SERVICE = """
import eventlet
eventlet.monkey_patch()

import json, sys
from nameko.containers import ServiceContainer
from nameko.events import event_handler


class Listener:
    name = "listener"

    @event_handler("requests", "request_submitted")
    def submitted(self, payload):
        print(json.dumps(payload), flush=True)


container = ServiceContainer(Listener, {"AMQP_URI": sys.argv[1]})
container.start()
print("ready", flush=True)
container.wait()
"""


def test_every_event_arrives_once_and_in_order(database: Engine, amqp_uri: str) -> None:
    queue = Queue(amqp_uri)
    for partition in range(8):
        append(database, 30, partition=partition)
    with relaying_to(database, amqp_uri, batch=7):
        eventually(lambda: published(database))
    assert queue.positions() == {partition: list(range(1, 31)) for partition in range(8)}


def test_a_message_carries_its_envelope_in_headers_and_properties(database: Engine, amqp_uri: str) -> None:
    queue, event = Queue(amqp_uri), submitted()
    append(database, 1, partition=3)
    append(database, 1, partition=3, make=lambda: event)
    with relaying_to(database, amqp_uri):
        eventually(lambda: published(database))
    _first, (method, properties, body) = queue.messages()
    assert (method.exchange, method.routing_key) == ("requests.events", "request_submitted")
    assert (properties.content_type, properties.content_encoding) == ("application/json", "utf-8")
    assert properties.delivery_mode == 2
    assert properties.message_id == properties.headers["cloudEvents:id"]
    assert properties.type == properties.headers["cloudEvents:type"] == "request_submitted"
    assert properties.headers["cloudEvents:specversion"] == "1.0"
    assert properties.headers["cloudEvents:source"] == "/mfr/portal/requests"
    assert properties.headers["cloudEvents:position"] == "3:2"
    assert properties.headers["cloudEvents:previousposition"] == "3:1"
    assert received(properties.headers, body).event == event


def test_a_plain_nameko_event_handler_receives_the_events(
    database: Engine, amqp_uri: str, tmp_path: Path
) -> None:
    script = tmp_path / "listener.py"
    script.write_text(NAMEKO_SERVICE)
    event = submitted()
    with subprocess.Popen([sys.executable, script, amqp_uri], stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            assert service.stdout.readline() == "ready\n"
            append(database, 1, make=lambda: event)
            with relaying_to(database, amqp_uri):
                payload = json.loads(service.stdout.readline())
        finally:
            service.kill()
    assert payload["request_id"] == str(event.request_id)
    assert payload["title"] == event.title


def test_a_notification_wakes_the_relay_long_before_its_poll(database: Engine, amqp_uri: str) -> None:
    Queue(amqp_uri)
    doorbell = Doorbell(database)

    def rung_and_published() -> bool:
        # Again and again, since the relay may not listen yet.
        doorbell.ring(0)
        return published(database)

    append(database, 1)
    with relaying_to(database, amqp_uri, poll=60.0):
        eventually(lambda: published(database))
        append(database, 1)
        eventually(rung_and_published, within=5.0)


def test_an_event_whose_notification_was_lost_is_found_by_the_poll(database: Engine, amqp_uri: str) -> None:
    Queue(amqp_uri)
    with relaying_to(database, amqp_uri, poll=0.2):
        append(database, 1)
        eventually(lambda: published(database), within=5.0)


def test_stopping_gives_the_leases_and_the_locks_back(database: Engine, amqp_uri: str) -> None:
    queue = Queue(amqp_uri)
    append(database, 5)
    with relaying_to(database, amqp_uri):
        eventually(lambda: published(database))
        assert state(database).owner == "here"
    assert [state(database, partition).owner for partition in range(8)] == [None] * 8
    with queue.channel() as channel:
        channel.queue_declare("relay.lock.0", exclusive=True)


def test_a_process_ends_on_sigterm_with_its_leases_given_back(
    database: Engine, database_url: str, amqp_uri: str, tmp_path: Path
) -> None:
    Queue(amqp_uri)
    append(database, 5)
    with RelayProcess(database_url, amqp_uri, tmp_path / "relay.log") as relay:
        eventually(lambda: published(database))
        relay.process.send_signal(signal.SIGTERM)
        assert relay.process.wait(15) == 0
        assert relay.events()[-1] == "relay_stopped"
    assert state(database).owner is None


@pytest.mark.parametrize(
    ("database_url", "amqp_uri", "says"),
    [
        ("localhost/portal", "amqp://broker/", "DATABASE_URL is malformed"),
        ("postgresql://localhost/portal", "amqp://broker:port/", "AMQP_URI is malformed"),
        ("postgresql://localhost/portal", "", "AMQP_URI is not set"),
    ],
)
def test_a_wrong_setting_gives_one_line_and_the_exit_code_2(
    database_url: str, amqp_uri: str, says: str, tmp_path: Path
) -> None:
    log = tmp_path / "relay.log"
    with RelayProcess(database_url, amqp_uri, log) as relay:
        assert relay.process.wait(30) == 2
    assert says in log.read_text()
    assert len(log.read_text().splitlines()) == 1, log.read_text()


def test_our_own_services_miss_nothing_that_happens_before_their_first_start(
    database: Engine, database_url: str, amqp_uri: str, tmp_path: Path
) -> None:
    append(database, 1, make=accepted)
    with RelayProcess(database_url, amqp_uri, tmp_path / "relay.log"):
        eventually(lambda: published(database))
    assert Queue.existing(amqp_uri, "orders.request_accepted").positions() == {0: [1]}


def test_two_relays_keep_the_order_while_one_is_killed_and_events_keep_coming(
    database: Engine, database_url: str, amqp_uri: str, tmp_path: Path
) -> None:
    queue = Queue(amqp_uri)
    half_way = threading.Event()

    def write(partition: int) -> None:
        for number in range(50):
            append(database, 5, partition=partition)
            if number == 25:
                half_way.set()

    writers = [threading.Thread(target=write, args=[partition]) for partition in range(8)]
    with (
        RelayProcess(database_url, amqp_uri, tmp_path / "first.log") as first,
        RelayProcess(database_url, amqp_uri, tmp_path / "second.log") as second,
    ):
        eventually(lambda: state(database).owner)
        for writer in writers:
            writer.start()
        assert half_way.wait(30)
        active, other = (first, second) if first.owns(database) else (second, first)
        active.process.kill()
        for writer in writers:
            writer.join()
        eventually(lambda: published(database))
        assert other.owns(database)
    positions = queue.positions()
    for partition in range(8):
        assert_nothing_lost_and_in_order(positions[partition], 250)


def test_a_killed_relay_is_taken_over_within_seconds(
    database: Engine, database_url: str, amqp_uri: str, tmp_path: Path
) -> None:
    Queue(amqp_uri)
    append(database, 1)
    with RelayProcess(database_url, amqp_uri, tmp_path / "first.log") as first:
        eventually(lambda: published(database))
        with relaying_to(database, amqp_uri):
            first.process.kill()
            append(database, 1)
            eventually(lambda: published(database), within=6.5)


def test_over_the_embedded_broker_kombu_receives_the_same_message(database: Engine) -> None:
    with Connection("memory://") as connection:
        exchange = Exchange("requests.events", type="topic", durable=True)
        queue = KombuQueue("embedded", exchange, routing_key="request_submitted")(connection.channel())
        queue.declare()
        append(database, 3, partition=1)
        with relaying(database, KombuPublisher(lambda: Connection("memory://"))):
            eventually(lambda: published(database))
        messages = [queue.get(no_ack=True) for _ in range(3)]
    arrived = [received(message.headers, message.body) for message in messages]
    assert [event.position for event in arrived] == [Position(1, 1), Position(1, 2), Position(1, 3)]
    assert all(isinstance(event.event, RequestSubmitted) for event in arrived)
    assert {event.provider_id for event in arrived} == {UUID(int=1)}
