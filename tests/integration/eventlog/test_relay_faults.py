"""The relay in bad times: killed, paused, cut off, misrouted; nothing is lost and the order holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, select, text, update
from structlog.testing import capture_logs

from deploy.servers import PostgreSQL, RabbitMQ
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.eventlog.tables import events, partitions
from shared.messaging.pika_publisher import UNROUTED_QUEUE, PikaPublisher
from tests.integration.eventlog.relaying import (
    Queue,
    RelayProcess,
    append,
    assert_nothing_lost_and_in_order,
    eventually,
    published,
    relaying,
    relaying_to,
    state,
)
from tests.support.machines import Machines

MANY_PARTITIONS = 32


@pytest.mark.parametrize(
    "failpoint",
    [
        "relay.after_read",
        "relay.before_publish",
        "relay.after_publish",
        "relay.after_confirm",
        "relay.after_save",
    ],
)
def test_a_relay_killed_at_any_point_loses_nothing(
    database: Engine, database_url: str, amqp_uri: str, tmp_path: Path, failpoint: str
) -> None:
    queue = Queue(amqp_uri)
    append(database, 600)
    with RelayProcess(
        database_url, amqp_uri, tmp_path / "killed.log", failpoints=f"{failpoint}=kill@2"
    ) as killed:
        append(database, 600)
        assert killed.process.wait(30) == -9
    with relaying_to(database, amqp_uri):
        eventually(lambda: published(database))
    assert_nothing_lost_and_in_order(queue.positions()[0], 1200)


def test_a_paused_relay_publishes_nothing_once_it_was_replaced(
    database: Engine, database_url: str, amqp_uri: str, tmp_path: Path
) -> None:
    queue = Queue(amqp_uri)
    append(database, 10)
    with RelayProcess(
        database_url, amqp_uri, tmp_path / "paused.log", failpoints="relay.before_publish=pause@2"
    ) as paused:
        eventually(lambda: published(database))
        append(database, 10)
        eventually(paused.is_paused)
        with relaying_to(database, amqp_uri):
            eventually(lambda: published(database))
            paused.resume()
            eventually(lambda: {"relay_fenced", "publish_failed"} <= set(paused.events()))
            append(database, 10)
            eventually(lambda: published(database))
            takeovers = state(database).fence
    positions = queue.positions()[0]
    assert_nothing_lost_and_in_order(positions, 30)
    # On a machine so busy that the replacement's own lease ran out, it may itself have repeated a batch.
    assert takeovers > 2 or positions == list(range(1, 31))


def test_a_partition_locked_on_the_broker_waits_and_says_so(database: Engine, amqp_uri: str) -> None:
    queue = Queue(amqp_uri)
    append(database, 3)
    append(database, 3, partition=1)
    with queue.channel() as channel:
        channel.queue_declare("relay.lock.0", exclusive=True)
        with relaying_to(database, amqp_uri):
            eventually(lambda: "lock" in (state(database).error or ""))
            eventually(lambda: state(database, 1).position == 3)
            assert state(database).position == 0
            channel.queue_delete("relay.lock.0")
            eventually(lambda: published(database))
            eventually(lambda: state(database).error is None)


def test_a_missing_exchange_is_loud_and_skips_nothing(database: Engine, amqp_uri: str) -> None:
    unrouted, publisher = Queue.existing(amqp_uri, UNROUTED_QUEUE), PikaPublisher(amqp_uri)
    with capture_logs() as logs, _errors_of(database) as errors, relaying(database, publisher):
        append(database, 5)
        eventually(lambda: published(database))
        with unrouted.channel() as channel:
            channel.exchange_delete("requests.events")
        append(database, 50)
        eventually(lambda: published(database))
        eventually(lambda: state(database).error is None)
    assert_nothing_lost_and_in_order(unrouted.positions()[0], 55)
    assert any("no exchange 'requests.events'" in error for error in errors())
    assert any(entry["event"] == "publish_failed" and entry["log_level"] == "error" for entry in logs)


def test_an_exchange_that_a_queue_of_the_topology_needs_is_there_again_before_its_next_event(
    database: Engine, amqp_uri: str
) -> None:
    queue = Queue(amqp_uri)
    publisher = PikaPublisher(amqp_uri, bindings=[(queue.name, "requests.events", "request_submitted")])
    append(database, 5)
    with relaying(database, publisher):
        eventually(lambda: published(database))
        with queue.channel() as channel:
            channel.exchange_delete("requests.events")
        append(database, 50)
        eventually(lambda: published(database))
    assert_nothing_lost_and_in_order(queue.positions()[0], 55)
    assert publisher.unrouted == 0


def test_an_event_that_nobody_subscribes_to_is_kept_counted_and_logged(
    database: Engine, amqp_uri: str
) -> None:
    unrouted = Queue.existing(amqp_uri, UNROUTED_QUEUE)
    publisher = PikaPublisher(amqp_uri)
    append(database, 3)
    with capture_logs() as logs, relaying(database, publisher):
        eventually(lambda: published(database))
    messages = unrouted.messages()
    assert [properties.headers["cloudEvents:position"] for _, properties, _ in messages] == [
        "0:1",
        "0:2",
        "0:3",
    ]
    assert messages[0][1].headers["x-unrouted-exchange"] == "requests.events"
    assert messages[0][1].headers["x-unrouted-key"] == "request_submitted"
    warnings = [entry for entry in logs if entry["event"] == "event_unrouted"]
    assert [(entry["type"], entry["position"]) for entry in warnings] == [
        ("request_submitted", f"0:{position}") for position in (1, 2, 3)
    ]
    assert publisher.unrouted == 3


@pytest.mark.parametrize("others", [0, 1])
def test_a_lost_queue_of_the_topology_is_declared_again_and_gets_everything(
    database: Engine, amqp_uri: str, others: int
) -> None:
    queue, *_ = [Queue(amqp_uri) for _ in range(1 + others)]
    publisher = PikaPublisher(amqp_uri, bindings=[(queue.name, "requests.events", "request_submitted")])
    append(database, 1)
    with relaying(database, publisher):
        eventually(lambda: published(database))
        with queue.channel() as channel:
            channel.queue_delete(queue.name)
        append(database, 20)
        eventually(lambda: published(database))
    assert queue.positions() == {0: list(range(2, 22))}
    assert publisher.unrouted == 0


def test_without_a_place_for_the_unroutable_the_position_stays(database: Engine, amqp_uri: str) -> None:
    unrouted = Queue.existing(amqp_uri, UNROUTED_QUEUE)
    append(database, 1)
    with capture_logs() as logs, relaying_to(database, amqp_uri):
        eventually(lambda: published(database))
        with unrouted.channel() as channel:
            channel.queue_delete(UNROUTED_QUEUE)
        append(database, 3)
        eventually(lambda: published(database))
    assert any(entry["event"] == "event_not_kept" and entry["log_level"] == "error" for entry in logs)
    assert unrouted.positions() == {0: [2, 3, 4]}


def test_a_restart_of_the_broker_is_survived(database: Engine, server_folder: Path) -> None:
    server = RabbitMQ(server_folder / "restarted-broker")
    server.start()
    try:
        queue = Queue(server.uri())
        append(database, 5)
        with relaying_to(database, server.uri()):
            eventually(lambda: published(database))
            server.stop()
            append(database, 20)
            eventually(lambda: "no connection to RabbitMQ" in (state(database).error or ""))
            server.start()
            eventually(lambda: published(database))
            eventually(lambda: state(database).error is None)
        assert_nothing_lost_and_in_order(queue.positions()[0], 25)
    finally:
        server.stop()


def test_a_restart_of_the_database_is_survived(amqp_uri: str, server_folder: Path) -> None:
    queue, server = Queue(amqp_uri), PostgreSQL(server_folder / "restarted", durable=False)
    server.start()
    database = connect(server.uri("postgres"), name="test")
    try:
        upgrade(database)
        append(database, 5)
        with relaying_to(database, amqp_uri):
            eventually(lambda: published(database))
            server.stop()
            server.start()
            database.dispose()
            append(database, 20)
            eventually(lambda: published(database))
    finally:
        database.dispose()
        server.remove()
    assert_nothing_lost_and_in_order(queue.positions()[0], 25)


def test_an_event_of_a_type_not_known_here_stops_its_partition_loudly_and_no_other(
    database: Engine, amqp_uri: str
) -> None:
    queue = Queue(amqp_uri)
    append(database, 5)
    _append_unknown(database)
    append(database, 5, partition=1)
    with relaying_to(database, amqp_uri):
        eventually(lambda: state(database, 1).position == 5)
        eventually(lambda: "of_the_future" in (state(database).error or ""))
        assert state(database).position == 5
    assert queue.positions() == {0: [1, 2, 3, 4, 5], 1: [1, 2, 3, 4, 5]}


def test_a_missing_master_key_stops_a_partition_until_it_is_there(machines: Machines, amqp_uri: str) -> None:
    queue = Queue(amqp_uri)
    with machines.engines() as (ahead, behind):
        append(ahead, 3)
        with relaying_to(behind, amqp_uri):
            eventually(lambda: machines.newest in (state(ahead).error or ""))
            assert state(ahead).position == 0
            machines.catch_up()
            eventually(lambda: published(ahead))
    assert_nothing_lost_and_in_order(queue.positions()[0], 3)


def test_no_partition_waits_for_a_connection_however_many_there_are(
    empty: Engine, empty_url: str, amqp_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_PARTITIONS", str(MANY_PARTITIONS))
    upgrade(empty)
    with empty.connect() as blocker, RelayProcess(empty_url, amqp_uri, tmp_path / "relay.log"):
        blocker.execute(text("LOCK TABLE eventlog.events IN ACCESS EXCLUSIVE MODE"))
        eventually(lambda: _relays_connections_that_wait(empty) == MANY_PARTITIONS)


def test_stopping_is_bounded_while_the_broker_is_away(database: Engine) -> None:
    append(database, 1)
    with relaying_to(database, "amqp://guest:guest@127.0.0.1:1/"):
        eventually(lambda: "no connection to RabbitMQ" in (state(database).error or ""))
    assert state(database).owner is None


def _relays_connections_that_wait(engine: Engine) -> int:
    statement = """
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'relay' AND wait_event_type = 'Lock'
    """
    with engine.connect() as connection:
        return int(connection.execute(text(statement)).scalar_one())


@contextmanager
def _errors_of(engine: Engine) -> Iterator[Any]:
    """Every error that the relay writes into its table, however short it stays there."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE errors (error text)"))
        # What a rule does, it does as the owner of the table that it belongs to.
        connection.execute(text("GRANT INSERT ON errors TO PUBLIC"))
        connection.execute(
            text(
                "CREATE RULE errors AS ON UPDATE TO eventlog.relay WHERE new.error IS NOT NULL"
                " DO ALSO INSERT INTO errors VALUES (new.error)"
            )
        )

    def errors() -> list[str]:
        with engine.connect() as connection:
            return list(connection.execute(text("SELECT error FROM errors")).scalars())

    yield errors


def _append_unknown(engine: Engine) -> None:
    """What a newer version of the portal may have appended."""
    with engine.begin() as connection:
        last = connection.execute(
            select(events).where(events.c.partition == 0).order_by(events.c.position.desc()).limit(1)
        ).one()
        new = {
            "event_id": uuid4(),
            "stream_id": uuid4(),
            "position": last.position + 1,
            "type": "of_the_future",
        }
        connection.execute(insert(events).values({**last._mapping, **new}))
        connection.execute(update(partitions).where(partitions.c.partition == 0).values(head=new["position"]))
