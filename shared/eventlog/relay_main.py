"""The relay as a process: settings from the environment, until SIGTERM."""

import os
import signal
import socket
import threading

import structlog

from shared.config import Config
from shared.contracts.declare import EVENTS
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.database.engine import connect
from shared.eventlog.relay import Relay
from shared.messaging.cloudevents import exchange_of
from shared.messaging.pika_publisher import Binding, PikaPublisher
from shared.observability import configure_logging

# One connection a partition at work, and some for leases.
POOL_SIZE = 12
_log = structlog.get_logger(__name__)


def main() -> None:
    """Run until SIGTERM or SIGINT; returns when the leases are given back."""
    config = Config.from_environment()
    owner = f"{socket.gethostname()}:{os.getpid()}"
    configure_logging(config.log_format, service="relay")
    stopping = _stop_signal()
    engine = connect(config.database_url, name="relay", pool_size=POOL_SIZE)
    publisher = PikaPublisher(config.amqp_uri, name=f"relay {owner}", bindings=_subscriptions())
    relay = Relay(engine, publisher, owner=owner)
    relay.start()
    _log.info("relay_started", owner=owner)
    stopping.wait()
    relay.stop()
    publisher.close()
    engine.dispose()
    _log.info("relay_stopped", owner=owner)


def _subscriptions() -> list[Binding]:
    """The queues of our own services, so that they miss nothing that happens before their first start."""
    return [
        Binding(queue_name(service, event_type), exchange_of(EVENTS[event_type].service), event_type)
        for service, event_types in SUBSCRIPTIONS.items()
        for event_type in event_types
    ]


def _stop_signal() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    return stopping
