"""Operators look at parked messages, send them back, or throw them away; what is looked at stays there."""

from typing import Any
from uuid import uuid4

import pika
import pytest

from tests.integration.portalctl.commands import Portalctl

QUEUE = "orders.request_accepted"
DEAD = f"{QUEUE}.dead"
MAIL_DEAD = "notifications.request_accepted.dead"


@pytest.fixture
def channel(amqp_uri: str) -> Any:
    """A channel to the test's broker, where a subscription's queues are."""
    with pika.BlockingConnection(pika.URLParameters(amqp_uri)) as connection:
        channel = connection.channel()
        for queue in (QUEUE, DEAD, MAIL_DEAD, "rpc.malformed"):
            channel.queue_declare(queue, durable=queue != "rpc.malformed")
        yield channel


def park(channel: Any, queue: str = DEAD, event_id: str | None = None, **headers: Any) -> str:
    """Put a message there as a subscription would; its event's id."""
    event_id = event_id or str(uuid4())
    attributes = {"cloudEvents:id": event_id, "cloudEvents:type": "request_accepted"}
    parked = {"x-portal-attempt": 5, "x-portal-error": "KeyError at service.py:7", **attributes, **headers}
    properties = pika.BasicProperties(headers=parked, content_type="application/json")
    channel.basic_publish("", queue, b'{"title": "Heizung kalt"}', properties)
    return event_id


def count(channel: Any, queue: str) -> int:
    return int(channel.queue_declare(queue, passive=True).method.message_count)


def test_nothing_parked_is_said_so(portalctl: Portalctl, channel: Any):
    assert portalctl.json("dead-letters", "list") == {"items": []}
    assert "No message is parked." in portalctl.run("dead-letters", "list").stdout


def test_a_parked_message_is_listed_with_its_error_and_stays(portalctl: Portalctl, channel: Any):
    event_id = park(channel)
    for _ in range(2):
        [item] = portalctl.json("dead-letters", "list")["items"]
        assert item == {
            "id": event_id,
            "queue": DEAD,
            "type": "request_accepted",
            "error": "KeyError at service.py:7",
        }


def test_one_is_shown_without_its_body_unless_that_is_asked_for(portalctl: Portalctl, channel: Any):
    event_id = park(channel, **{"nameko.auth_token": "a caller's token"})
    shown = portalctl.json("dead-letters", "show", event_id)
    assert "body" not in shown
    assert "token" not in str(shown)
    assert "Heizung" in portalctl.json("dead-letters", "show", event_id, "--personal")["body"]


def test_a_retry_sends_it_home_as_if_it_had_never_failed(portalctl: Portalctl, channel: Any):
    event_id, other = park(channel), park(channel)
    assert portalctl.json("dead-letters", "retry", event_id) == {"retried": [event_id]}
    assert (count(channel, QUEUE), count(channel, DEAD)) == (1, 1)
    _, properties, body = channel.basic_get(QUEUE, auto_ack=True)
    assert properties.headers["cloudEvents:id"] == event_id
    assert not [name for name in properties.headers if name.startswith("x-portal-")]
    assert b"Heizung" in body
    assert [item["id"] for item in portalctl.json("dead-letters", "list")["items"]] == [other]


def test_all_that_have_a_home_can_be_sent_back_at_once(portalctl: Portalctl, channel: Any):
    ids = [park(channel) for _ in range(20)]
    park(channel, "rpc.malformed")
    assert portalctl.json("dead-letters", "retry", "--all") == {"retried": ids}
    assert (count(channel, QUEUE), count(channel, DEAD), count(channel, "rpc.malformed")) == (20, 0, 1)


def test_what_has_no_home_can_only_be_discarded(portalctl: Portalctl, channel: Any):
    letter = park(channel, "rpc.malformed")
    refused = portalctl.run("dead-letters", "retry", letter)
    assert refused.returncode == 1
    assert "can only be discarded" in refused.stderr
    assert portalctl.json("dead-letters", "discard", letter) == {"discarded": [letter]}
    assert count(channel, "rpc.malformed") == 0


def test_a_message_without_an_id_is_still_meant_when_the_one_before_it_is_gone(
    portalctl: Portalctl, channel: Any
):
    for body in (b"first", b"second", b"third"):
        channel.basic_publish("", "rpc.malformed", body)
    first, second, third = (item["id"] for item in portalctl.json("dead-letters", "list")["items"])
    for letter in (first, second):
        assert portalctl.json("dead-letters", "discard", letter) == {"discarded": [letter]}
    assert portalctl.json("dead-letters", "show", third, "--personal")["body"] == "third"


def test_all_of_a_queue_are_discarded_when_that_is_confirmed(portalctl: Portalctl, channel: Any):
    ids = [park(channel) for _ in range(3)]
    park(channel, MAIL_DEAD)
    discard = ("dead-letters", "discard", "--all")
    assert "--queue" in portalctl.run(*discard, "--yes").stderr
    assert "can't be undone" in portalctl.run(*discard, "--queue", DEAD).stderr
    assert count(channel, DEAD) == 3
    assert portalctl.json(*discard, "--queue", DEAD, "--yes") == {"discarded": ids}
    assert (count(channel, DEAD), count(channel, MAIL_DEAD)) == (0, 1)


def test_only_queues_of_parked_messages_can_be_emptied(portalctl: Portalctl, channel: Any):
    park(channel, QUEUE)
    refused = portalctl.run("dead-letters", "discard", "--all", "--queue", QUEUE, "--yes")
    assert refused.returncode == 1
    assert f"No message is parked in {QUEUE}" in refused.stderr
    assert count(channel, QUEUE) == 1


@pytest.mark.parametrize("command", ["show", "retry", "discard"])
def test_an_event_that_two_subscriptions_parked_is_touched_only_where_it_is_meant(
    portalctl: Portalctl, channel: Any, command: str
):
    event_id = park(channel)
    park(channel, MAIL_DEAD, event_id)
    refused = portalctl.run("dead-letters", command, event_id)
    assert refused.returncode == 1
    assert f"{DEAD} and {MAIL_DEAD}; say which with --queue" in refused.stderr
    shown = portalctl.json("dead-letters", "show", event_id, "--queue", MAIL_DEAD)
    assert shown["queue"] == MAIL_DEAD
    portalctl.json("dead-letters", "retry", event_id, "--queue", DEAD)
    assert (count(channel, QUEUE), count(channel, DEAD), count(channel, MAIL_DEAD)) == (1, 0, 1)


def test_all_of_one_queue_can_be_sent_back_alone(portalctl: Portalctl, channel: Any):
    event_id = park(channel)
    park(channel, MAIL_DEAD)
    assert portalctl.json("dead-letters", "retry", "--all", "--queue", DEAD) == {"retried": [event_id]}
    assert count(channel, MAIL_DEAD) == 1


def test_a_message_whose_queue_is_gone_stays_parked(portalctl: Portalctl, channel: Any):
    event_id = park(channel)
    channel.queue_delete(QUEUE)
    refused = portalctl.run("dead-letters", "retry", event_id)
    assert refused.returncode == 1
    assert "is still parked" in refused.stderr
    assert count(channel, DEAD) == 1


@pytest.mark.parametrize("command", ["show", "retry", "discard"])
def test_an_id_that_is_not_there_is_named(portalctl: Portalctl, channel: Any, command: str):
    done = portalctl.run("dead-letters", command, "no-such-id")
    assert done.returncode == 1
    assert "no-such-id" in done.stderr


def test_without_a_broker_one_line_says_so(portalctl: Portalctl):
    done = portalctl.run("dead-letters", "list", AMQP_URI="amqp://guest:secret@127.0.0.1:1/")
    assert done.returncode == 1
    assert done.stderr == "Error: RabbitMQ can't be reached; check AMQP_URI and try again.\n"
