"""Real servers for the tests: one PostgreSQL and one RabbitMQ a session, a fresh database a test."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from deploy.servers import PostgreSQL, RabbitMQ
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.identity.keys import create as create_keys
from tests.support.stack import Stack, running


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql(server_folder: Path) -> Iterator[PostgreSQL]:
    server = PostgreSQL(server_folder / "postgresql", durable=False)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def rabbitmq(server_folder: Path) -> Iterator[RabbitMQ]:
    server = RabbitMQ(server_folder / "rabbitmq")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def amqp_uri(rabbitmq: RabbitMQ) -> Iterator[str]:
    """A virtual host of the test's own."""
    name = f"test-{secrets.token_hex(4)}"
    user = rabbitmq.uri().split("://")[1].split(":")[0]
    rabbitmq.ctl("add_vhost", name)
    rabbitmq.ctl("set_permissions", "-p", name, user, ".*", ".*", ".*")
    yield rabbitmq.uri().rstrip("/") + f"/{name}"
    rabbitmq.ctl("delete_vhost", name)


@pytest.fixture(scope="session")
def template_database(postgresql: PostgreSQL) -> str:
    """A migrated database to copy from."""
    postgresql.create_database("template_portal")
    engine = connect(postgresql.uri("template_portal"), name="template")
    upgrade(engine)
    engine.dispose()
    return "template_portal"


@pytest.fixture
def database_url(postgresql: PostgreSQL, template_database: str) -> Iterator[str]:
    """A fresh, migrated database."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql.uri("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
        yield postgresql.uri(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url, name="test", pool_size=60)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def keys(server_folder: Path) -> Path:
    """A folder of identity keys."""
    folder = server_folder / "keys"
    create_keys(folder)
    return folder


@pytest.fixture(scope="session")
def portal(
    postgresql: PostgreSQL, rabbitmq: RabbitMQ, template_database: str, keys: Path, server_folder: Path
) -> Iterator[Stack]:
    """The whole portal, a process per service, started once: each test has a provider of its own."""
    with psycopg.connect(postgresql.uri("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE portal TEMPLATE {template_database}")
    logs = server_folder / "logs"
    logs.mkdir()
    stack = Stack(amqp_uri=rabbitmq.uri(), database_url=postgresql.uri("portal"), keys=keys, logs=logs)
    try:
        with running(stack):
            yield stack
    finally:
        for log in sorted(logs.iterdir()):
            print(f"--- {log.name}\n{log.read_text()[-3_000:]}")
