"""The whole portal in this process: every service, the relay and the gateway, on the broker inside."""

import importlib
import logging
from pathlib import Path

import eventlet
from nameko.containers import ServiceContainer
from sqlalchemy import update

from deploy.stack import SERVICES, settings
from services.gateway.app import create_app
from services.gateway.server import serve
from shared.config import Config
from shared.database.migrate import upgrade
from shared.eventlog.relay import Relay
from shared.eventlog.tables import relay as relay_table
from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now, operator_caller, service_caller
from shared.messaging import broker
from shared.messaging.client import RpcClient
from shared.messaging.kombu_publisher import KombuPublisher
from shared.messaging.process import container_config, engine_of
from shared.observability import configure_logging

AMQP_URI = "embedded://"
HOST = "127.0.0.1"


class EmbeddedPortal:
    """Needs a monkey-patched process; its data and keys lie in `folder`."""

    def __init__(self, folder: Path, *, database_url: str, port: int) -> None:
        environment = settings(folder, amqp_uri=AMQP_URI, database_url=database_url, gateway_port=port)
        self.url = environment["GATEWAY_URL"]
        self._port = port
        self._secret = Path(environment["PORTAL_GATEWAY_SECRET_FILE"]).read_text()
        self.config = Config.from_environment(environment)
        self.client = RpcClient(AMQP_URI, name="gateway")
        self._engine = engine_of(self.config)
        self._publisher = KombuPublisher(lambda: broker.connection(AMQP_URI, name="relay"))
        self._relay = Relay(self._engine, self._publisher, owner="embedded")
        self._containers = [
            ServiceContainer(_service(path), container_config(self.config)) for path in SERVICES.values()
        ]

    def start(self) -> None:
        """Bring the schema up to date and start everything; returns when the gateway listens."""
        configure_logging("console", level=logging.WARNING)
        upgrade(self._engine)
        self._publish_from_the_beginning()
        for container in self._containers:
            container.start()
        self._relay.start()
        app = create_app(self.client, secret_key=self._secret, secure_cookies=False)
        self._listener = eventlet.listen((HOST, self._port), reuse_port=False)
        self._gateway = eventlet.spawn(serve, app, self._listener)

    def stop(self) -> None:
        """End everything in order."""
        self._gateway.kill()
        self._listener.close()
        for stopping in [eventlet.spawn(container.stop) for container in self._containers]:
            with eventlet.Timeout(self.config.drain_timeout, False):
                stopping.wait()
        self._relay.stop()
        self._publisher.close()
        self.client.close()
        self._engine.dispose()

    def operator_token(self) -> str:
        return issue(SigningKey.load(self.config.keys, "operators"), operator_caller(), now=now())

    def service_token(self) -> str:
        return issue(SigningKey.load(self.config.keys, "services"), service_caller(), now=now())

    def _publish_from_the_beginning(self) -> None:
        """The broker inside forgets everything at the end; subscribers know by their inbox what they had."""
        with self._engine.begin() as connection:
            connection.execute(update(relay_table).values(position=0, owner=None, expires_at="-infinity"))


def _service(path: str) -> type:
    module, _, name = path.partition(":")
    service: type = getattr(importlib.import_module(module), name)
    return service
