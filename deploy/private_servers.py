"""The servers that `make up` runs itself where no others are named, and who each process is at them."""

from collections.abc import Mapping
from pathlib import Path

from deploy.access import Access, BrokerAccess, DatabaseAccess
from deploy.servers import MailCatcher, PostgreSQL, RabbitMQ
from deploy.servers.server import Server

TIMEOUT_S = 90.0


class PrivateServers:
    """PostgreSQL, RabbitMQ and the mail catcher of a folder; `used` are those that the settings name."""

    def __init__(self, folder: Path) -> None:
        self._postgresql, self._rabbitmq = PostgreSQL(folder / "postgresql"), RabbitMQ(folder / "rabbitmq")
        self.catcher = MailCatcher(folder / "mail")
        self.database = DatabaseAccess(folder / "credentials" / "database", self._postgresql)
        self.messages = BrokerAccess(folder / "credentials" / "broker", self._rabbitmq)
        self.used: list[Server] = []

    def use(self, environment: Mapping[str, str]) -> None:
        """Have those used whose addresses are among the settings."""
        urls: dict[Server, str] = {
            self._postgresql: self.database.settings["DATABASE_URL"],
            self._rabbitmq: self.messages.settings["AMQP_URI"],
            self.catcher: self.catcher.url,
        }
        self.used = [server for server, url in urls.items() if url in environment.values()]

    @property
    def has_database(self) -> bool:
        return self._postgresql in self.used

    @property
    def has_broker(self) -> bool:
        return self._rabbitmq in self.used

    @property
    def access(self) -> list[Access]:
        """What tells each process its own URLs."""
        both: dict[Server, Access] = {self._postgresql: self.database, self._rabbitmq: self.messages}
        return [both[server] for server in self.used if server in both]

    def prepare(self) -> None:
        """Make what they need before they can start. Raises PackageMissing, ServerFailed."""
        if self.has_broker:
            self.messages.prepare()
        for server in self.used:
            print(f"Preparing {server.name} …")
            server.prepare()
        if self.has_broker:
            self._rabbitmq.folder.chmod(0o700)

    def wait_until_ready(self) -> None:
        """Come back when they answer and everybody may come in. Raises ServerFailed, TimeoutError."""
        for server in self.used:
            print(f"Waiting for {server.name} …")
            server.wait_until_ready(TIMEOUT_S)
        if self.has_database:
            self.database.prepare()
