"""A projection within a service: kept up to date beside its queries, woken by the broker."""

import os
import socket
from collections.abc import Callable
from typing import Any

import eventlet
import structlog
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from nameko.containers import WorkerContext
from nameko.extensions import DependencyProvider
from uuid_utils.compat import uuid7

from shared.database.engine import connect
from shared.eventlog.passing import PASSING, why
from shared.messaging import broker
from shared.messaging.cloudevents import PUBLISHING, exchange_of
from shared.messaging.process import Process
from shared.messaging.rpc_server import RpcServer
from shared.projections import rebuild, versions
from shared.projections.freshness import Freshness
from shared.projections.handover import Handover
from shared.projections.projection import Projection
from shared.projections.pusher import Pusher
from shared.projections.resync import Resyncer
from shared.projections.watching import watch
from shared.projections.worker import Worker

RETRY_S = 1.0
CONNECTIONS = 4
_log = structlog.get_logger(__name__)


class Projected(DependencyProvider):  # type: ignore[misc]
    """Runs a projection's worker and its resyncs in the service's process, and injects its Freshness.

    The service takes no calls before its version of the projection is built and, where another version is
    served meanwhile, is as far as the log was then. Before that, calls are left to those who serve the other.

    The broker only wakes the worker: any event in a queue that dies with the connection means that there is
    something new in the log. Without the broker, the worker's own poll does.
    """

    process = Process()
    rpc_server = RpcServer()

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._stopping = False
        self._running: list[Any] = []

    def setup(self) -> None:
        # Calls, many of which may come at once from waiting, don't keep the projection from its connections.
        config = self.process.config
        engine = connect(config.database_url, name="projection", pool_size=CONNECTIONS, keys=config.keys)
        self._engine = engine
        owner = f"{socket.gethostname()} {os.getpid()} {uuid7()}"
        waiting = self.process.config.max_waiting
        self.rpc_server.admit_waiting(waiting)
        self._freshness = Freshness(engine, self._projection, waiters=waiting)
        name = self._projection.name
        self._pusher = Pusher(self.process.config.amqp_uri, name=f"{name} pushes")
        push = self._pusher.push
        self._worker = Worker(engine, self._projection, self._freshness, owner=owner, push=push)
        self._resyncer = Resyncer(engine, self._projection, push=push)
        watch(self.process.monitoring, self.process.watching_engine, self._projection)
        self._until(self._is_built)
        self._run(self._worker.run, self._freshness.follow, self._pusher.run, self._listen)
        self._until(Handover(engine, self._projection, self._freshness).is_due)

    def start(self) -> None:
        self._run(self._resyncer.run)

    def stop(self) -> None:
        self._stopping = True
        self._freshness.stop()
        self._resyncer.stop()
        self._worker.stop()
        self._pusher.stop()
        with eventlet.Timeout(self.process.config.drain_timeout, False):
            for thread in self._running:
                thread.wait()

    def get_dependency(self, worker_ctx: WorkerContext) -> Freshness:  # noqa: ARG002
        return self._freshness

    def _until(self, ready: Callable[[], bool]) -> None:
        """Come back when it is so, however long that takes."""
        while True:
            try:
                if ready():
                    return
            except (rebuild.AlreadyRunning, versions.NotBuilt) as error:
                _log.warning("projection_not_built", projection=self._projection.schema, reason=str(error))
            except PASSING as error:
                _log.warning("projection_waits", error=why(error))
            eventlet.sleep(RETRY_S)

    def _is_built(self) -> bool:
        versions.build(self._engine, self._projection)
        return True

    def _run(self, *runs: Callable[[], None]) -> None:
        self._running += [self.container.spawn_managed_thread(run) for run in runs]

    def _listen(self) -> None:
        broker.stay_connected(
            self.process.config.amqp_uri,
            name=self._projection.name,
            use=self._wake_on_events,
            lost=lambda error: _log.warning("projection_polls_alone", error=repr(error)),
            stopping=lambda: self._stopping,
            wait=eventlet.sleep,
        )

    def _wake_on_events(self, connection: Connection, at_work: Callable[[], None]) -> None:
        channel = connection.channel()
        name = f"{self._projection.name}.wake.{uuid7()}"
        for service in PUBLISHING:
            exchange = Exchange(exchange_of(service), type="topic", durable=True)
            queue = Queue(name, exchange, routing_key="#", exclusive=True, auto_delete=True, durable=False)
            queue(channel).declare()
        broker.consume(channel, name, self._on_event, tag="wake", no_ack=True)
        at_work()
        while not self._stopping:
            broker.drain(connection)

    def _on_event(self, _message: Any) -> None:
        self._worker.wake()
