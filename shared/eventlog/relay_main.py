"""The relay as a process: settings from the environment, until SIGTERM."""

import os
import socket
import sys
import threading

import structlog

from shared.config import Config, ConfigurationError
from shared.contracts.declare import EVENTS
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.database.engine import UNBOUNDED, connect
from shared.eventlog.lag import LagCollector
from shared.eventlog.relay import Relay
from shared.eventlog.tables import relay as relay_table
from shared.identity.master_keys import master_keys
from shared.messaging.cloudevents import exchange_of
from shared.messaging.pika_publisher import Binding, PikaPublisher
from shared.monitoring import server
from shared.monitoring.database import unreachable, watching_engine
from shared.monitoring.monitoring import Monitoring
from shared.observability import configure_logging
from shared.signals import on_stop
from shared.tracing import collecting

# Its threads bound it: one for each partition, for leases, and for pruning.
POOL_SIZE = UNBOUNDED
_log = structlog.get_logger(__name__)


def main() -> int:
    """Run until SIGTERM or SIGINT; returns when the leases are given back."""
    try:
        config = Config.from_environment()
        master_keys(config.keys).newest()
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    owner = f"{socket.gethostname()}:{os.getpid()}"
    configure_logging(config.log_format, process="relay")
    end_traces = collecting.start(config.traces, process="relay")
    stopping = threading.Event()
    on_stop(stopping.set)
    engine = connect(config.database_url, name="relay", pool_size=POOL_SIZE, keys=config.keys)
    publisher = PikaPublisher(
        config.amqp_uri,
        name=f"relay {owner}",
        bindings=_subscriptions(),
        queue_arguments=config.queue_arguments,
    )
    relay = Relay(engine, publisher, owner=owner)
    relay.start()
    server.serve(_watching(relay, publisher, config), host=config.metrics_host, port=config.metrics_port)
    _log.info("relay_started", owner=owner)
    stopping.wait()
    relay.stop()
    publisher.close()
    engine.dispose()
    _log.info("relay_stopped", owner=owner)
    end_traces()
    return 0


def _watching(relay: Relay, publisher: PikaPublisher, config: Config) -> Monitoring:
    engine = watching_engine(config.database_url)
    monitoring = Monitoring()
    monitoring.measure(LagCollector(engine, relay_table, "published"))
    monitoring.alive_if("threads", relay.ailment)
    monitoring.ready_if("database", lambda: unreachable(engine))
    monitoring.ready_if("broker", publisher.obstacle)
    monitoring.ready_if("publishing", relay.obstacle)
    return monitoring


def _subscriptions() -> list[Binding]:
    """The queues of our own services, so that they miss nothing that happens before their first start."""
    return [
        Binding(queue_name(service, event_type), exchange_of(EVENTS[event_type].service), event_type)
        for service, event_types in SUBSCRIPTIONS.items()
        for event_type in event_types
    ]
