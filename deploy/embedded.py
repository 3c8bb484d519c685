"""The whole portal in this process: every service, the relay and the gateway, on the broker inside."""

import logging
from pathlib import Path
from pkgutil import resolve_name

import eventlet
from nameko.containers import ServiceContainer
from sqlalchemy import update

from deploy.servers import MailCatcher
from deploy.stack import SERVICES, settings
from services.gateway.app import create_app
from services.gateway.changes import Changes
from services.gateway.server import serve
from shared.config import Config
from shared.database.migrate import upgrade
from shared.eventlog.relay import Relay
from shared.eventlog.tables import relay as relay_table
from shared.messaging import broker
from shared.messaging.client import RpcClient
from shared.messaging.kombu_publisher import KombuPublisher
from shared.messaging.process import container_config, engine_of, files_of
from shared.observability import configure_logging

AMQP_URI = "embedded://"
HOST = "127.0.0.1"


class EmbeddedPortal:
    """Needs a monkey-patched process; its data and keys lie in `folder`. Without a catcher mails wait."""

    def __init__(
        self, folder: Path, *, database_url: str, port: int, catcher: MailCatcher | None = None
    ) -> None:
        environment = settings(folder, amqp_uri=AMQP_URI, database_url=database_url, gateway_port=port)
        environment["PORTAL_SMTP_URL"] = catcher.url if catcher else ""
        self._mails = catcher.mails if catcher else None
        self.url = environment["GATEWAY_URL"]
        self._port = port
        self._secret = Path(environment["PORTAL_GATEWAY_SECRET_FILE"]).read_text()
        self.config = Config.from_environment(environment)
        self.client = RpcClient(AMQP_URI, name="gateway")
        self._changes = Changes(AMQP_URI, name="gateway changes")
        self._engine = engine_of(self.config)
        self._publisher = KombuPublisher(lambda: broker.connection(AMQP_URI, name="relay"))
        self._relay = Relay(self._engine, self._publisher, owner="embedded")
        self._containers = [
            ServiceContainer(resolve_name(path), container_config(self.config)) for path in SERVICES.values()
        ]

    def start(self) -> None:
        """Bring the schema up to date and start everything; returns when the gateway listens."""
        configure_logging("console", level=logging.WARNING)
        upgrade(self._engine)
        self._publish_from_the_beginning()
        for container in self._containers:
            container.start()
        self._relay.start()
        app = create_app(
            self.client,
            changes=self._changes,
            files=files_of(self.config),
            secret_key=self._secret,
            secure_cookies=False,
            mails=self._mails,
        )
        self._listener = eventlet.listen((HOST, self._port), reuse_port=False)
        self._gateway = eventlet.spawn(serve, app, self._listener)

    def stop(self) -> None:
        """End everything in order."""
        self._changes.close()
        self._gateway.kill()
        self._listener.close()
        for stopping in [eventlet.spawn(container.stop) for container in self._containers]:
            with eventlet.Timeout(self.config.drain_timeout, False):
                stopping.wait()
        self._relay.stop()
        self._publisher.close()
        self.client.close()
        self._engine.dispose()

    def _publish_from_the_beginning(self) -> None:
        """The broker inside forgets everything at the end; subscribers know by their inbox what they had."""
        with self._engine.begin() as connection:
            connection.execute(update(relay_table).values(position=0, owner=None, expires_at="-infinity"))
