"""What docs/deployment.md does with containers, done without: same commands, same settings, same secrets."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.servers import PostgreSQL, RabbitMQ
from deploy.servers.ports import free_port
from deploy.stack import programs
from tests.e2e.compose import Compose
from tests.integration.gateway.serving import status
from tests.support.metrics import look
from tests.support.stack import ROOT
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
PATIENCE_S = 120
PASSWORD = "letters1and2digits3"


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[PostgreSQL]:
    tmp_path.chmod(0o711)
    server = PostgreSQL(tmp_path / "postgresql", durable=False)
    server.start()
    server.create_database("portal")
    yield server
    server.remove()


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[RabbitMQ]:
    server = RabbitMQ(tmp_path / "rabbitmq")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def compose(tmp_path: Path, postgresql: PostgreSQL) -> Compose:
    variables = {
        "POSTGRES_PASSWORD": PASSWORD,
        "PORTAL_PUBLIC_URL": "https://portal.example.com",
        "PORTAL_SMTP_URL": "",
        "PORTAL_MAIL_FROM": "portal@example.com",
    }
    hosts = {
        f"postgresql://postgres:{PASSWORD}@postgresql:5432/portal": postgresql.uri("portal"),
        "file:///srv/portal/files": (tmp_path / "files").as_uri(),
    }
    (tmp_path / "files").mkdir()
    return Compose(tmp_path, variables, hosts)


def _prepare(compose: Compose, rabbitmq: RabbitMQ) -> None:
    """Keys, users and roles, as the page says."""
    (compose.secrets / "gateway-secret").write_text(secrets.token_hex(32))
    broker = f"amqp://127.0.0.1:{rabbitmq.port}/"
    definitions = _python("deploy.rabbitmq", str(compose.secrets / "broker"), "--server", broker)
    (compose.secrets / "definitions.json").write_text(definitions)
    rabbitmq.ctl("import_definitions", str(compose.secrets / "definitions.json"))
    _python("portalctl.main", "keys", "create", str(compose.secrets))
    made = compose.run("roles", PORTAL_ENV="")
    assert made.returncode == 0, made.stderr


def _python(*command: str) -> str:
    ran = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_portal_of_the_compose_file_comes_up_works_and_ends(compose: Compose, rabbitmq: RabbitMQ):
    _prepare(compose, rabbitmq)
    for _ in range(2):
        upgraded = compose.run("upgrade")
        assert upgraded.returncode == 0, upgraded.stderr
    port, watching = free_port(), {program.name: free_port() for program in programs()}
    with ExitStack() as stack:
        processes = {}
        for name, metrics in watching.items():
            own = {"PORT": str(port)} if name == "gateway" else {}
            processes[name] = compose.start(name, PORTAL_METRICS_PORT=str(metrics), **own)
            stack.callback(processes[name].kill)
        for name, metrics in watching.items():
            wait_until(lambda at=metrics: _is_ready(at), what=f"{name} is ready", timeout=PATIENCE_S)
        assert status(port, "/sign-in") == 200
        added = compose.run(
            "portalctl", "providers", "add", "Huber", "--email", "info@huber.example.com", "--json"
        )
        assert json.loads(added.stdout)["provider_id"], added.stderr
        for process in processes.values():
            process.terminate()
        for name, process in processes.items():
            assert process.wait(compose.grace(name)) == 0, name


def _is_ready(port: int) -> bool:
    try:
        return look(port, "/readyz")[0] == 200
    except OSError:
        return False
