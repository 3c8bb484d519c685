"""Who each process of the local stack is at its private servers: a user of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from deploy import credentials
from deploy.database.rights import OWNER
from deploy.database.rights import PREFIX as ROLE_PREFIX
from deploy.database.roles import PROCESSES, create
from deploy.rabbitmq.definitions import definitions
from deploy.rabbitmq.permissions import PREFIX as USER_PREFIX
from deploy.rabbitmq.permissions import permissions
from deploy.servers import PostgreSQL, RabbitMQ
from deploy.stack import Program
from shared.database.engine import connect
from shared.secret_settings import OWNER_DATABASE_URL

DATABASE = "portal"
SUBSCRIBER = "example"


class DatabaseAccess:
    """The roles of a private PostgreSQL; `folder` holds the URL of each process in a file of its name."""

    setting = "DATABASE_URL"

    def __init__(self, folder: Path, postgresql: PostgreSQL) -> None:
        self._folder, self._postgresql = folder, postgresql
        server = postgresql.uri(DATABASE)
        self._urls = credentials.keep(folder, PROCESSES, server=server, user=f"{ROLE_PREFIX}{{}}")

    @property
    def settings(self) -> dict[str, str]:
        """What operators are told."""
        return {self.setting: self._urls["operator"], OWNER_DATABASE_URL: self._urls[OWNER]}

    def of(self, process: str) -> Mapping[str, str]:
        """What a process is told, if it has a role."""
        return {f"{self.setting}_FILE": str(self._folder / process)} if process in self._urls else {}

    def prepare(self) -> None:
        """Make the database and the roles; the server must be running."""
        self._postgresql.create_database(DATABASE)
        engine = connect(self._postgresql.uri(DATABASE), name="roles")
        create(engine, {process: credentials.password(url) for process, url in self._urls.items()})
        engine.dispose()


class BrokerAccess:
    """The users of a private RabbitMQ; `folder` holds the URL of each process in a file of its name."""

    setting = "AMQP_URI"

    def __init__(self, folder: Path, rabbitmq: RabbitMQ) -> None:
        self._folder, self._rabbitmq = folder, rabbitmq
        self._permissions = permissions([SUBSCRIBER])
        self._urls = credentials.keep(
            folder, self._permissions, server=rabbitmq.uri(), user=f"{USER_PREFIX}{{}}"
        )

    @property
    def settings(self) -> dict[str, str]:
        """What operators are told, and other systems that may do all that they do."""
        return {self.setting: self._urls["operator"]}

    def of(self, process: str) -> Mapping[str, str]:
        """What a process is told."""
        return {f"{self.setting}_FILE": str(self._folder / process)}

    def prepare(self) -> None:
        """Have the users made when the server starts."""
        passwords = {process: credentials.password(url) for process, url in self._urls.items()}
        self._rabbitmq.define(definitions(self._permissions, passwords))


Access = DatabaseAccess | BrokerAccess


def with_access(programs: Iterable[Program], private: Iterable[Access]) -> list[Program]:
    """The programs, each told where its own URLs lie."""
    found = list(programs)
    for access in private:
        found = [replace(one, environment={**one.environment, **access.of(one.name)}) for one in found]
    return found
