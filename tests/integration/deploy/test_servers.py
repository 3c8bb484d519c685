"""Private servers start, keep their data, stand beside each other and leave nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pika
import psycopg
import pytest

from deploy.servers import PostgreSQL, RabbitMQ, ServerFailed
from deploy.servers.server import Server


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="portal-servers-") as name:
        # PostgreSQL's account has to pass through.
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def postgresql(folder: Path) -> Iterator[PostgreSQL]:
    server = PostgreSQL(folder / "postgresql")
    server.start()
    server.create_database("portal")
    yield server
    server.kill()


@pytest.fixture(scope="module")
def rabbitmq(folder: Path) -> Iterator[RabbitMQ]:
    server = RabbitMQ(folder / "rabbitmq")
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("end", [Server.stop, Server.kill])
def test_postgresql_keeps_its_data_when_it_is_stopped_or_killed(
    postgresql: PostgreSQL, end: Callable[[Server], None]
) -> None:
    with psycopg.connect(postgresql.uri()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [end.__name__])
    uri = postgresql.uri()

    end(postgresql)
    assert not postgresql.is_ready()
    postgresql.start()

    assert postgresql.uri() == uri
    with psycopg.connect(uri) as connection:
        assert (end.__name__,) in connection.execute("SELECT value FROM kept").fetchall()


def test_postgresql_is_safe_by_default(postgresql: PostgreSQL) -> None:
    with psycopg.connect(postgresql.uri()) as connection:
        for setting, value in {
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "lc_collate": "C.UTF-8",
            "max_connections": "200",
            "listen_addresses": "127.0.0.1",
            "log_error_verbosity": "terse",
        }.items():
            assert connection.execute(f"SHOW {setting}").fetchone() == (value,), setting


def test_the_log_of_postgresql_says_what_was_refused_but_not_the_contents_of_the_row(
    postgresql: PostgreSQL,
) -> None:
    with psycopg.connect(postgresql.uri(), autocommit=True) as connection:
        connection.execute("CREATE TABLE people (name text UNIQUE)")
        connection.execute("INSERT INTO people VALUES (%s)", ["Xaver Höß"])
        with pytest.raises(psycopg.errors.UniqueViolation, match="Xaver Höß"):
            connection.execute("INSERT INTO people VALUES (%s)", ["Xaver Höß"])
    log = postgresql.log.read_text()
    assert "people_name_key" in log
    assert "Xaver" not in log


def test_postgresql_wants_the_password(postgresql: PostgreSQL) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgresql.uri().replace("://portal:", "://portal:not"))


def test_postgresql_stops_although_a_client_is_connected(postgresql: PostgreSQL) -> None:
    with psycopg.connect(postgresql.uri()):
        started = time.monotonic()
        postgresql.stop()
        assert time.monotonic() - started < 10
    postgresql.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over to another account")
def test_postgresql_in_a_folder_closed_to_its_account_keeps_its_data_outside() -> None:
    with tempfile.TemporaryDirectory(prefix="portal-closed-") as name:
        server = PostgreSQL(Path(name) / "postgresql")
        try:
            server.start()
            assert (server.folder / "data").is_symlink()
            assert PostgreSQL(server.folder).uri() == server.uri()
        finally:
            server.remove()
        assert not server.data.exists()


def test_rabbitmq_keeps_its_messages_when_it_is_killed_and_when_it_is_stopped(rabbitmq: RabbitMQ) -> None:
    with _channel(rabbitmq) as channel:
        channel.queue_declare("kept", durable=True)
    # A killed broker forgets the queues of its last two seconds; one that stops in order writes them down.
    rabbitmq.stop()
    rabbitmq.start()
    with _channel(rabbitmq) as channel:
        channel.confirm_delivery()
        channel.basic_publish("", "kept", b"a message", pika.BasicProperties(delivery_mode=2), mandatory=True)
    members = _session(rabbitmq)

    rabbitmq.kill()
    assert members
    assert not _alive(members)
    rabbitmq.start()
    members = _session(rabbitmq)
    rabbitmq.stop()
    assert not _alive(members)
    rabbitmq.start()

    with _channel(rabbitmq) as channel:
        assert channel.basic_get("kept", auto_ack=True)[2] == b"a message"


def test_rabbitmq_answers_rabbitmqctl_and_has_no_guest(rabbitmq: RabbitMQ) -> None:
    users = rabbitmq.ctl("list_users", "--silent", "--no-table-headers").splitlines()
    assert [user.split()[0] for user in users] == ["portal"]


def test_rabbitmq_listens_on_loopback_only(rabbitmq: RabbitMQ) -> None:
    addresses = _listening_addresses(_session(rabbitmq))
    assert len(addresses) >= 3
    assert all(address.startswith(("127.0.0.1:", "[::1]:")) for address in addresses), addresses


def test_rabbitmq_writes_only_in_its_folder(rabbitmq: RabbitMQ) -> None:
    node = rabbitmq.environment()["RABBITMQ_NODENAME"]
    assert (rabbitmq.folder / "feature_flags").exists()
    assert not list(Path("/var/lib/rabbitmq").glob(f"**/{node}*"))


def test_a_second_pair_runs_beside_the_first_and_ends_with_the_process_that_started_it(
    folder: Path, postgresql: PostgreSQL, rabbitmq: RabbitMQ
) -> None:
    other_postgresql, other_rabbitmq = (
        PostgreSQL(folder / "other-postgresql"),
        RabbitMQ(folder / "other-rabbitmq"),
    )
    with _owner(other_postgresql.folder, other_rabbitmq.folder) as owner:
        members = _members(owner.pid)
        for server in [postgresql, rabbitmq, other_postgresql, other_rabbitmq]:
            assert server.is_ready()
        with _channel(rabbitmq) as channel:
            channel.queue_declare("of-the-first")
        assert "of-the-first" in rabbitmq.ctl("list_queues", "--silent", "name")
        assert "of-the-first" not in other_rabbitmq.ctl("list_queues", "--silent", "name")
        owner.send_signal(signal.SIGKILL)
    _wait_until(lambda: not _alive(members))
    assert postgresql.is_ready()
    assert rabbitmq.is_ready()


def test_a_port_in_use_is_named(folder: Path, postgresql: PostgreSQL) -> None:
    with pytest.raises(ServerFailed, match=f"port {postgresql.port} is in use"):
        RabbitMQ(folder / "no-port", port=postgresql.port).start()


OWNER = """
import pathlib, sys, time
from deploy.servers import PostgreSQL, RabbitMQ

for kind, folder in zip([PostgreSQL, RabbitMQ], sys.argv[1:]):
    kind(pathlib.Path(folder)).start()
print("started", flush=True)
time.sleep(60)
"""


@contextmanager
def _owner(*folders: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", OWNER, *map(str, folders)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        try:
            assert owner.stdout is not None
            assert owner.stdout.readline() == "started\n"
            yield owner
        finally:
            owner.kill()


@contextmanager
def _channel(server: RabbitMQ) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    connection = pika.BlockingConnection(pika.URLParameters(server.uri()))
    try:
        yield connection.channel()
    finally:
        connection.close()


def _session(server: Server) -> list[int]:
    assert server._process is not None
    return _members(server._process.pid)


def _members(pid: int) -> list[int]:
    """A process and its descendants."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(line.split()[0]): int(line.split()[1]) for line in listed.splitlines()}
    members = [pid]
    for member in members:
        members += [child for child, parent in parents.items() if parent == member]
    return members


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()]


def _listening_addresses(pids: list[int]) -> list[str]:
    listed = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    return [line.split()[3] for line in listed.splitlines() if any(f"pid={pid}," in line for pid in pids)]


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
