"""A projection within a service: kept up to date beside its queries, woken by the broker."""

import os
import socket
from typing import Any

import eventlet
import structlog
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from nameko.containers import WorkerContext
from nameko.extensions import DependencyProvider
from uuid_utils.compat import uuid7

from shared.contracts.declare import EVENTS
from shared.messaging import broker
from shared.messaging.cloudevents import exchange_of
from shared.messaging.process import Process
from shared.projections.freshness import Freshness
from shared.projections.projection import Projection
from shared.projections.worker import Worker

_log = structlog.get_logger(__name__)


class Projected(DependencyProvider):  # type: ignore[misc]
    """Runs a projection's worker in the service's process and injects its Freshness.

    The broker only wakes the worker: any event in a queue that dies with the connection means that there is
    something new in the log. Without the broker, the worker's own poll does.
    """

    process = Process()

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._stopping = False
        self._running: list[Any] = []

    def setup(self) -> None:
        engine = self.process.engine
        owner = f"{socket.gethostname()} {os.getpid()} {uuid7()}"
        self._freshness = Freshness(engine, self._projection)
        self._worker = Worker(engine, self._projection, self._freshness, owner=owner)

    def start(self) -> None:
        self._running = [
            self.container.spawn_managed_thread(run)
            for run in (self._worker.run, self._freshness.follow, self._listen)
        ]

    def stop(self) -> None:
        self._stopping = True
        self._freshness.stop()
        self._worker.stop()
        with eventlet.Timeout(self.process.config.drain_timeout, False):
            for thread in self._running:
                thread.wait()

    def get_dependency(self, worker_ctx: WorkerContext) -> Freshness:  # noqa: ARG002
        return self._freshness

    def _listen(self) -> None:
        attempt = 0
        while not self._stopping:
            with broker.connection(self.process.config.amqp_uri, name=self._projection.name) as connection:
                try:
                    self._wake_on_events(connection)
                    attempt = 0
                except broker.errors(connection) as error:
                    _log.warning("projection_polls_alone", error=repr(error))
                    eventlet.sleep(broker.reconnect_delay(attempt))
                    attempt += 1

    def _wake_on_events(self, connection: Connection) -> None:
        channel = connection.channel()
        name = f"{self._projection.name}.wake.{uuid7()}"
        for service in sorted({event.service for event in EVENTS.values()}):
            exchange = Exchange(exchange_of(service), type="topic", durable=True)
            queue = Queue(name, exchange, routing_key="#", exclusive=True, auto_delete=True, durable=False)
            queue(channel).declare()
        broker.consume(channel, name, self._on_event, tag="wake", no_ack=True)
        while not self._stopping:
            broker.drain(connection)

    def _on_event(self, _message: Any) -> None:
        self._worker.wake()
