"""Real servers for the tests: one PostgreSQL and one RabbitMQ a session, a fresh database a test."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from deploy.assets.vendor import prepare
from deploy.servers import PostgreSQL, RabbitMQ
from deploy.servers.packages import ensure_chromium
from shared.database.engine import connect
from shared.identity.keys import create as create_keys
from tests.integration.gateway import serving
from tests.support import broker_users, database_roles
from tests.support.machines import Machines
from tests.support.stack import Stack, running
from tests.support.virtual_hosts import VirtualHosts

# How long an example takes depends on what else the machine has to do.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def assets() -> None:
    """What the pages bring from others; there already, unless something of it changed."""
    prepare()


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
    server.define(broker_users.defined(server))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def virtual_hosts(rabbitmq: RabbitMQ) -> VirtualHosts:
    return VirtualHosts(rabbitmq)


@pytest.fixture
def amqp_uri(virtual_hosts: VirtualHosts) -> str:
    """A virtual host of the test's own."""
    return virtual_hosts.fresh()


@pytest.fixture(scope="session")
def template_database(postgresql: PostgreSQL) -> str:
    """A migrated database to copy from, with a role for each process."""
    postgresql.create_database("template_portal")
    database_roles.set_up(postgresql.uri("template_portal"))
    return "template_portal"


@pytest.fixture
def database_url(postgresql: PostgreSQL, template_database: str) -> Iterator[str]:
    """A fresh, migrated database."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql.uri("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database} OWNER mfr_owner")
        yield postgresql.uri(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url, name="test", pool_size=60)
    yield engine
    engine.dispose()


@pytest.fixture
def empty_url(database_url: str) -> Iterator[str]:
    """A database that was never migrated."""
    name = f"empty_{secrets.token_hex(6)}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield make_url(database_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = connect(empty_url, name="empty")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def keys(server_folder: Path) -> Path:
    """A folder of keys: the one of the tests' own process, and of what it starts."""
    folder = server_folder / "keys"
    create_keys(folder)
    os.environ["PORTAL_KEYS"] = str(folder)
    return folder


@pytest.fixture
def machines(database_url: str, keys: Path, tmp_path: Path) -> Machines:
    """Two of them on the test's database, one without the newest master key."""
    return Machines(database_url, keys, tmp_path)


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


@pytest.fixture(scope="session")
def portal_database(portal: Stack) -> Iterator[Engine]:
    """What the tests of the running portal look at beside its answers."""
    engine = connect(portal.database_url, name="tests of the portal")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What gateways sign their cookies with."""
    file = tmp_path_factory.mktemp("gateway") / "secret"
    file.write_text(serving.SECRET + "\n")
    return file


@pytest.fixture(scope="session")
def port(portal: Stack, secret_file: Path) -> Iterator[int]:
    """Where a gateway listens that is a process of its own."""
    port = serving.free_port()
    with serving.running_gateway(portal, secret_file, port):
        yield port


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real browser. Playwright keeps an event loop in this thread meanwhile, so it ends with its module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()
