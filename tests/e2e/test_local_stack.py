"""`make up` as its users meet it: with portalctl, a browser's requests, and a client of bare AMQP."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from deploy.credentials import password
from deploy.local import TO_CHOOSE
from deploy.servers import PostgreSQL, RabbitMQ
from deploy.servers.ports import free_port
from deploy.stack import SERVICES
from deploy.supervisor import Supervisor
from deploy.watching import TARGETS
from portalctl.context import read_env_file
from portalctl.main import cli
from shared.database.engine import connect
from tests.support.bare_client import BareClient, Refused
from tests.support.metrics import look
from tests.support.stack import PASSWORD, ROOT
from tests.support.waiting import wait_until

# What people type in here, who they are and where they live.
PERSONAL = (
    "joerg@example.com",
    "dispo@huber.example.com",
    "Jörg",
    "Bäckerei Müller",
    "Marktplatz 1",
    "Seit gestern",
)
# What a JSON Web Token looks like.
SIGNED = re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.")


def _local(action: str, folder: Path, **settings: str) -> None:
    ended = _run(action, folder, **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _refusal(folder: Path, **settings: str) -> str:
    """The one line that `make up` ends with when it can't do what is asked."""
    ended = _run("up", folder, **settings)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr


def _run(action: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("AMQP_URI", "DATABASE_URL", "PORT", "PORTAL_SMTP_URL")
    }
    # To files: supervisord keeps what it inherits open.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        ended = subprocess.run(
            [sys.executable, "-m", "deploy.local", action, "--folder", str(folder)],
            cwd=ROOT,
            env=environment | settings,
            stdout=out,
            stderr=err,
            timeout=150,
        )
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(ended.args, ended.returncode, out.read(), err.read())


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """The settings of a stack of the module's own."""
    with tempfile.TemporaryDirectory(prefix="portal-up-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        try:
            _local("up", folder, PORT=str(free_port()))
            yield read_env_file(folder / "env") | {"FOLDER": str(folder)}
        finally:
            _local("down", folder)
            PostgreSQL(folder / "postgresql").remove()


def _portalctl(settings: dict[str, str], *arguments: str, stdin: str = "") -> Any:
    result = CliRunner().invoke(
        cli, [*arguments, "--json"], env=settings, input=stdin, catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_client_of_bare_amqp_plays_the_slice_and_sees_each_event_once_in_order(
    settings: dict[str, str],
) -> None:
    client = BareClient(settings["AMQP_URI"])
    client.subscribe("customers", "invitation", "requests", "orders", "notifications")
    staff, customer, site_id = _scene(client, settings)

    submitted = client.call(
        "requests.submit", customer, title="Heizung kalt", description="Seit gestern.", site_id=site_id
    )
    client.call("requests.accept", staff, request_id=submitted["request_id"])
    client.wait_until(lambda: "order_created" in _types(client), what="the order is created")
    seen = client.call("portal_read.dashboard", customer, at_least=_positions(client)[-1])

    assert seen["requests"][0]["number"] == submitted["number"]
    assert seen["requests"][0]["status"] == "accepted"
    request = client.call("portal_read.request", customer, request_id=submitted["request_id"])
    assert request["order"]["status"] == "created"
    told = [event_type for event_type in _types(client) if event_type != "mail_sent"]
    assert told[-3:] == ["request_submitted", "request_accepted", "order_created"]
    numbers = [int(position.partition(":")[2]) for position in _positions(client)]
    assert numbers == list(range(1, len(numbers) + 1)), "each event once, in order, without a gap"
    for headers, _ in client.events:
        assert headers["cloudEvents:specversion"] == "1.0"
        assert {"cloudEvents:id", "cloudEvents:source", "cloudEvents:time"} <= headers.keys()
    client.close()


def test_each_process_has_a_port_that_prometheus_is_told_of(settings: dict[str, str]) -> None:
    ports = _metrics_ports(settings)
    assert ports.keys() == {*SERVICES, "relay", "gateway"}
    for port in ports.values():
        assert look(port, "/healthz") == (200, "ok\n")
        assert "portal_" in look(port, "/metrics")[1]


def test_a_service_that_dies_is_started_again_and_answers(settings: dict[str, str]) -> None:
    log = Path(settings["FOLDER"]) / "logs" / "supervisord.log"
    pid = int(log.read_text().rpartition("spawned: 'customers' with pid ")[2].split()[0])
    os.kill(pid, signal.SIGKILL)
    wait_until(
        lambda: int(log.read_text().rpartition("spawned: 'customers' with pid ")[2].split()[0]) != pid,
        what="customers is started again",
    )
    client = BareClient(settings["AMQP_URI"])
    with pytest.raises(Refused, match="Unauthenticated"):
        client.call("customers.companies")
    client.close()


def test_the_gateway_shows_the_sign_in_page(settings: dict[str, str]) -> None:
    with urllib.request.urlopen(settings["GATEWAY_URL"] + "/sign-in", timeout=10) as page:
        assert page.status == 200


def test_starting_what_runs_already_changes_nothing(settings: dict[str, str]) -> None:
    folder = Path(settings["FOLDER"])
    before = (folder / "supervisord.pid").read_text()
    _local("up", folder)
    assert (folder / "supervisord.pid").read_text() == before
    assert Supervisor(folder).is_running


def test_what_runs_is_not_moved_to_other_settings_and_the_settings_file_stays_true(
    settings: dict[str, str],
) -> None:
    folder = Path(settings["FOLDER"])
    before = (folder / "env").read_text()
    for name, value in {
        "PORT": str(free_port()),
        "AMQP_URI": "amqp://portal:geheim@127.0.0.1:1/",
        "DATABASE_URL": "postgresql://portal:geheim@127.0.0.1:1/portal",
        "PORTAL_SMTP_URL": "smtps://portal:geheim@127.0.0.1:1",
    }.items():
        refusal = _refusal(folder, **{name: value})
        assert f"running at {settings['GATEWAY_URL']} with another {name}; run `make down` first" in refusal
        assert "geheim" not in refusal
        assert (folder / "env").read_text() == before
    _local("up", folder, **{name: settings[name] for name in TO_CHOOSE})
    assert (folder / "env").read_text() == before


def test_after_a_stop_the_portal_comes_back_with_its_data_on_the_port_of_last_time(
    settings: dict[str, str],
) -> None:
    folder = Path(settings["FOLDER"])
    before = (folder / "env").read_text()
    _local("down", folder)
    assert "PORT must be a number" in _refusal(folder, PORT="http")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"PORT {port} is in use" in _refusal(folder, PORT=str(port))
    assert "AMQP_URI is malformed" in _refusal(folder, AMQP_URI="127.0.0.1")
    refusal = _refusal(folder, DATABASE_URL="postgresql://portal:geheim@127.0.0.1:1/portal")
    assert "No connection to PostgreSQL at 127.0.0.1:1" in refusal
    assert "geheim" not in refusal
    assert (folder / "env").read_text() == before
    _local("up", folder)
    assert (folder / "env").read_text() == before
    with urllib.request.urlopen(settings["GATEWAY_URL"] + "/sign-in", timeout=10) as page:
        assert page.status == 200


def test_no_secret_and_nothing_personal_stands_in_a_log_or_on_a_command_line(
    settings: dict[str, str],
) -> None:
    folder = Path(settings["FOLDER"])
    secrets = [*_secrets(folder), *(text.encode() for text in PERSONAL)]
    seen = [*(folder / "logs").iterdir(), folder / "supervisord.conf", *_command_lines(folder)]
    for path in seen:
        with suppress(FileNotFoundError, ProcessLookupError):
            content = path.read_bytes()
            assert [secret for secret in secrets if secret in content] == [], path
            assert not SIGNED.search(content), path


def test_operators_do_all_their_work_with_the_settings_that_it_left(
    settings: dict[str, str], tmp_path: Path
) -> None:
    _portalctl(settings, "status")
    assert _portalctl(settings, "events", "verify")["findings"] == []
    assert _portalctl(settings, "projections", "rebuild", "--all")["failed"] == []
    assert _portalctl(settings, "projections", "verify")["differing"] == {}
    _portalctl(settings, "schema", "upgrade")
    _portalctl(settings, "backup", str(tmp_path / "copy"))


def test_each_process_is_somebody_else_at_the_servers(settings: dict[str, str]) -> None:
    folder = Path(settings["FOLDER"])
    for port in _metrics_ports(settings).values():
        # Whoever has a database looks whether it is there.
        assert look(port, "/readyz")[0] == 200
    engine = connect(settings["DATABASE_URL"], name="test")
    with engine.connect() as connection:
        roles = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()"
        assert set(connection.execute(text(roles)).scalars()) == {
            f"mfr_{process}" for process in (*SERVICES, "relay", "operator")
        }
    engine.dispose()
    users = RabbitMQ(folder / "rabbitmq").ctl("list_connections", "user", "--quiet").split()
    assert {f"mfr_{process}" for process in (*SERVICES, "relay", "gateway")} <= set(users)
    assert "portal" not in users


def _metrics_ports(settings: dict[str, str]) -> dict[str, int]:
    targets = json.loads((Path(settings["FOLDER"]) / TARGETS).read_text())
    return {each["labels"]["process"]: int(each["targets"][0].rpartition(":")[2]) for each in targets}


def _command_lines(folder: Path) -> list[Path]:
    """Those of the supervisor and of all that it has started, by whatever detour."""
    found = {(folder / "supervisord.pid").read_text().strip()}
    family = list(_parents())
    while more := {pid for pid, parent in family if parent in found} - found:
        found |= more
    assert len(found) > len(SERVICES)
    return [Path("/proc") / pid / "cmdline" for pid in found]


def _parents() -> Iterator[tuple[str, str]]:
    """Each process of this machine with its parent."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            status = path.read_text()
            yield status.split()[0], status.rpartition(")")[2].split()[1]


def _secrets(folder: Path) -> list[bytes]:
    """What nobody but the processes themselves may come to know."""
    urls = [path.read_text().strip() for path in folder.glob("credentials/*/*")]
    urls += [PostgreSQL(folder / "postgresql").uri(), RabbitMQ(folder / "rabbitmq").uri()]
    keys = [path.read_text().splitlines()[1] for path in folder.glob("keys/*.pem")]
    own = [(folder / "keys" / "gateway-secret").read_text(), PASSWORD]
    found = [*map(password, urls), *keys, *own]
    assert len(found) > len(SERVICES) * 2
    masters = [path.read_bytes().strip() for path in folder.glob("keys/*.key")]
    secrets = [*(each.encode() for each in found), *masters]
    assert all(secrets)
    return secrets


def _scene(client: BareClient, settings: dict[str, str]) -> tuple[str, str, str]:
    """Tokens of a member of staff and of a customer, and the customer's site."""
    provider = _portalctl(
        settings, "providers", "add", "Huber Heizungsbau", "--email", "info@huber.example.com"
    )
    _portalctl(
        settings,
        *("staff", "add", provider["provider_id"], "dispo@huber.example.com", "--password-stdin"),
        stdin=PASSWORD + "\n",
    )
    session = client.call("invitation.sign_in", email="dispo@huber.example.com", password=PASSWORD)
    staff = session["access_token"]
    client.call("invitation.activate_portal", staff)
    company_id = client.call("customers.register_company", staff, name="Bäckerei Müller")["company_id"]
    contact_id = client.call(
        "customers.add_contact",
        staff,
        company_id=company_id,
        first_name="Jörg",
        last_name="Müller",
        email="joerg@example.com",
        notifications_enabled=True,
    )["contact_id"]
    client.call("customers.set_main_contact", staff, company_id=company_id, contact_id=contact_id)
    site_id = client.call(
        "customers.add_site", staff, company_id=company_id, name="Backstube", address="Marktplatz 1, Augsburg"
    )["site_id"]
    client.call("invitation.invite", staff, company_id=company_id)
    token = _token_in_the_mail(settings)
    customer = client.call("invitation.accept", token=token, password=PASSWORD)["access_token"]
    return staff, customer, site_id


def _token_in_the_mail(settings: dict[str, str]) -> str:
    """The secret in the link of the invitation, as the mail catcher's page shows it."""

    def page(path: str) -> str:
        with urllib.request.urlopen(settings["GATEWAY_URL"] + path, timeout=10) as answer:
            return str(answer.read().decode())

    found = wait_until(lambda: re.search(r'href="(/mails/[^"]+)"', page("/mails")), what="the mail is there")
    link = re.search(rf"{settings['GATEWAY_URL']}/invitation/([\w-]+)", page(found[1]))
    assert link is not None
    return link[1]


def _types(client: BareClient) -> list[str]:
    return [headers["cloudEvents:type"] for headers, _ in client.events]


def _positions(client: BareClient) -> list[str]:
    return [headers["cloudEvents:position"] for headers, _ in client.events]
