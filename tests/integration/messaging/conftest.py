"""The sample services, started once: `sample` on our entrypoints, `plain` on nameko's own."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, text

from deploy.servers import PostgreSQL
from shared.database.engine import connect
from shared.messaging.client import RpcClient
from tests.support.samples import PLAIN, Samples
from tests.support.virtual_hosts import VirtualHosts
from tests.support.wire import Wire, wire


@pytest.fixture(scope="session")
def samples(
    postgresql: PostgreSQL,
    virtual_hosts: VirtualHosts,
    template_database: str,
    keys: Path,
    server_folder: Path,
) -> Iterator[Samples]:
    name = f"samples_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql.uri("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    with psycopg.connect(postgresql.uri(name), autocommit=True) as connection:
        connection.execute("CREATE TABLE reactions (event_id uuid, name text)")
    logs = server_folder / name
    logs.mkdir()
    engine = connect(postgresql.uri(name), name="tests")
    started = Samples(amqp_uri=virtual_hosts.fresh(), engine=engine, keys=keys, logs=logs)
    try:
        started.run("sample")
        started.run("plain", *PLAIN)
        yield started
    finally:
        started.stop()
        engine.dispose()
        for log in sorted(logs.iterdir()):
            print(f"--- {log.name}\n{log.read_text()[-3_000:]}")


@pytest.fixture
def alone(database: Engine, amqp_uri: str, keys: Path, tmp_path: Path) -> Iterator[Samples]:
    """The sample service, not started, on a log and a broker of its own, where the test is the relay."""
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE reactions (event_id uuid, name text)"))
    logs = tmp_path / "logs"
    logs.mkdir()
    samples = Samples(amqp_uri=amqp_uri, engine=database, keys=keys, logs=logs)
    yield samples
    samples.stop()


@pytest.fixture
def staff(samples: Samples) -> str:
    """A token of a member of staff."""
    return samples.staff()


@pytest.fixture
def bare(samples: Samples) -> Iterator[Wire]:
    """A bare AMQP client on the samples' broker."""
    with wire(samples.amqp_uri) as client:
        yield client


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A handler waits here; `gate.touch()` lets it through."""
    return tmp_path / "gate"


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """For calls that are under way while the test goes on."""
    with ThreadPoolExecutor(16) as pool:
        yield pool


@pytest.fixture
def unharmed(samples: Samples, bare: Wire) -> Iterator[None]:
    """After the test the same process still answers."""
    yield
    assert bare.call("sample.pid")["result"] == {"pid": samples.processes["sample"].pid}


@pytest.fixture
def name() -> str:
    """A company's name that no other test uses."""
    return f"Bäckerei {uuid4()}"


@pytest.fixture
def client(samples: Samples) -> Iterator[RpcClient]:
    client = RpcClient(samples.amqp_uri, name="client", timeout=10)
    yield client
    client.close()
