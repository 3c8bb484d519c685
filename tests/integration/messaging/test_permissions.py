"""Each user may do on the broker what its process does, and nothing else: every user tries everything."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any
from uuid import uuid4

import pika
import pytest
from nameko.standalone.rpc import ClusterRpcProxy
from pika.exceptions import ChannelClosedByBroker

from deploy.servers import RabbitMQ
from deploy.stack import SERVICES
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.messaging.cloudevents import PUBLISHING
from tests.support.broker_users import PERMISSIONS, SUBSCRIBER, allow_in, url_of
from tests.support.stack import ROOT, Stack, wait_until
from tests.support.virtual_hosts import VirtualHosts

REFUSED = 403
RPC, PUSHES = "nameko-rpc", "portal_read.pushes"
EVENTS = [f"{service}.events" for service in PUBLISHING]
OPERATOR = {"operator"}
# Without those of sample services, which other tests declare.
TAKEN = {service: SUBSCRIPTIONS[service] for service in SERVICES if service in SUBSCRIPTIONS}
EXAMPLE = "evt-requests-request_submitted--example.on_request_submitted"
# Queue → who takes what is in it, beside the operator.
QUEUES: dict[str, set[str]] = {
    **{f"rpc-{service}": {service} for service in SERVICES},
    **{
        queue_name(service, event_type) + suffix: {service}
        for service, event_types in TAKEN.items()
        for event_type in event_types
        for suffix in ("", ".dead", ".retry.1s")
    },
    "rpc.malformed": set(),
    "events.unrouted": set(),
    "portal_read.wake.1": {"portal_read"},
    "gateway.changes-1": {"gateway"},
    "rpc.reply-1": {"gateway"},
    SUBSCRIBER: {SUBSCRIBER},
    EXAMPLE: {SUBSCRIBER},
    "of another system": set(),
}
# Exchange and routing key → who may publish so, beside the operator.
PUBLISHING: dict[tuple[str, str], set[str]] = {
    **{(exchange, "request_submitted"): {"relay"} for exchange in EVENTS},
    **{(RPC, f"{service}.submit"): {"gateway"} for service in SERVICES},
    (RPC, "invitation.issue_token"): {"gateway", "notifications"},
    (RPC, "0195a1b2-0000-7000-8000-000000000001"): {*SERVICES},
    (PUSHES, "view_changed"): {"portal_read"},
    ("", "nobody.is.here"): {*SERVICES, "relay"},
}
# Exchange and routing key → whose queues may be bound so, beside the operator's.
BINDING: dict[tuple[str, str], set[str]] = {
    (RPC, "#"): set(),
    (RPC, "*.accept"): set(),
    **{(RPC, f"{service}.*"): {service} for service in SERVICES},
    (RPC, "0195a1b2-0000-7000-8000-000000000001"): {"gateway"},
    ("requests.events", "request_accepted"): {"orders", "notifications", "relay", SUBSCRIBER},
    ("requests.events", "request_submitted"): {"notifications", "relay", SUBSCRIBER},
    ("requests.events", "#"): {"portal_read", "relay", SUBSCRIBER},
    ("customers.events", "contact_updated"): {"invitation", "relay", SUBSCRIBER},
    (PUSHES, "#"): {"gateway", "portal_read"},
}
# A queue that each may bind something to.
OWN = {
    **{service: f"rpc-{service}" for service in SERVICES},
    "relay": "orders.request_accepted",
    "gateway": "gateway.changes-1",
    "operator": "of another system",
    SUBSCRIBER: SUBSCRIBER,
}


@pytest.fixture(scope="module")
def vhost(rabbitmq: RabbitMQ, virtual_hosts: VirtualHosts) -> str:
    """The administrator's URL of a virtual host where all queues and exchanges are there."""
    uri = virtual_hosts.fresh()
    allow_in(rabbitmq, uri.rpartition("/")[2])
    with pika.BlockingConnection(pika.URLParameters(uri)) as connection:
        channel = connection.channel()
        for exchange in (RPC, PUSHES, *EVENTS):
            channel.exchange_declare(exchange, "topic", durable=True)
        for queue in QUEUES:
            channel.queue_declare(queue, durable=True)
    return uri


@pytest.fixture(params=sorted(PERMISSIONS))
def process(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connection(process: str, vhost: str) -> Iterator[Any]:
    with pika.BlockingConnection(pika.URLParameters(url_of(process, vhost))) as connection:
        yield connection


def test_a_user_does_what_is_allowed_to_it_and_nothing_else(process: str, connection: Any):
    for queue, readers in QUEUES.items():
        may = process in readers | OPERATOR
        assert may == _may(connection, lambda channel, queue=queue: channel.basic_get(queue)), queue
        assert may == _may(connection, lambda channel, queue=queue: channel.queue_purge(queue)), queue
    for (exchange, key), publishers in PUBLISHING.items():
        may = process in publishers | OPERATOR
        assert may == _may(connection, _publishing(exchange, key)), (exchange, key)
    for (exchange, key), binders in BINDING.items():
        may = process in binders | OPERATOR
        assert may == _may(connection, _binding(OWN[process], exchange, key)), (exchange, key)


def test_nobody_binds_or_deletes_the_queue_of_another(process: str, connection: Any):
    for queue, owners in QUEUES.items():
        # The relay declares and binds the subscriptions' queues, so that they miss nothing.
        subscription = {"relay"} if queue in _subscriptions() else set()
        parking = {*SERVICES} if queue == "rpc.malformed" else set()
        setting_aside = {"relay"} if queue == "events.unrouted" else set()
        may = process in owners | OPERATOR | subscription | parking | setting_aside
        declared = _may(connection, lambda channel, queue=queue: channel.queue_declare(queue, durable=True))
        assert may == declared, queue


def test_a_frontend_and_a_subscriber_of_plain_nameko_need_no_more_than_their_users_have(portal: Stack):
    customer = portal.customer(portal.provider())
    title = f"Heizung kalt {uuid4()}"
    frontend = {"AMQP_URI": url_of("gateway", portal.amqp_uri)}
    with (
        listening(portal.amqp_uri) as heard,
        ClusterRpcProxy(frontend, context_data={"auth_token": customer.token}, timeout=30) as services,
    ):
        sent = services.requests.submit(title=title, description="", site_id=customer.site_id)
        assert heard.readline() == f"{sent['number']} {title}\n"


@contextmanager
def listening(amqp_uri: str) -> Iterator[IO[str]]:
    """What the example of a subscriber prints, which has handled nothing yet."""
    script = ROOT / "docs" / "examples" / "plain_nameko_subscriber.py"
    environment = os.environ | {"AMQP_URI": url_of(SUBSCRIBER, amqp_uri)}
    command = [sys.executable, str(script)]
    with (
        pika.BlockingConnection(pika.URLParameters(amqp_uri)) as connection,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as example,
    ):
        try:
            wait_until(lambda: _is_consumed(connection), what="the example listens", timeout=60)
            assert example.stdout is not None
            yield example.stdout
        finally:
            example.kill()
            connection.channel().queue_delete(EXAMPLE)


def _is_consumed(connection: Any) -> bool:
    try:
        declared = connection.channel().queue_declare(EXAMPLE, passive=True).method
    except ChannelClosedByBroker:
        return False
    return bool(declared.consumer_count)


def _subscriptions() -> set[str]:
    return {queue_name(service, each) for service, types in TAKEN.items() for each in types}


def _publishing(exchange: str, key: str) -> Callable[[Any], Any]:
    def publish(channel: Any) -> None:
        channel.confirm_delivery()
        channel.basic_publish(exchange, key, b"")

    return publish


def _binding(queue: str, exchange: str, key: str) -> Callable[[Any], Any]:
    def bind(channel: Any) -> None:
        channel.queue_bind(queue, exchange, key)
        channel.queue_unbind(queue, exchange, key)

    return bind


def _may(connection: Any, act: Callable[[Any], Any]) -> bool:
    """Whether the broker lets the user."""
    channel = connection.channel()
    try:
        act(channel)
    except ChannelClosedByBroker as closed:
        if closed.reply_code != REFUSED:
            raise
        return False
    channel.close()
    return True
