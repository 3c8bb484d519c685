"""`make up` as its users meet it: with portalctl, a browser's requests, and a client of bare AMQP."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.servers import PostgreSQL
from deploy.supervisor import Supervisor
from portalctl.context import read_env_file
from portalctl.main import cli
from tests.support.bare_client import BareClient, Refused
from tests.support.stack import PASSWORD, ROOT
from tests.support.waiting import wait_until


def _local(action: str, folder: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("AMQP_URI", "DATABASE_URL", "PORT")
    }
    subprocess.run(
        [sys.executable, "-m", "deploy.local", action, "--folder", str(folder)],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=150,
    )


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """The settings of a stack of the module's own."""
    with tempfile.TemporaryDirectory(prefix="portal-up-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        try:
            _local("up", folder)
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
    client.subscribe("customers", "invitation", "requests", "orders")
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
    assert _types(client)[-3:] == ["request_submitted", "request_accepted", "order_created"]
    numbers = [int(position.partition(":")[2]) for position in _positions(client)]
    assert numbers == list(range(1, len(numbers) + 1)), "each event once, in order, without a gap"
    for headers, _ in client.events:
        assert headers["cloudEvents:specversion"] == "1.0"
        assert {"cloudEvents:id", "cloudEvents:source", "cloudEvents:time"} <= headers.keys()
    client.close()


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
    invitation = client.call("invitation.invite", staff, company_id=company_id)
    token = _portalctl(settings, "invitations", "link", invitation["invitation_id"])["token"]
    customer = client.call("invitation.accept", token=token, password=PASSWORD)["access_token"]
    return staff, customer, site_id


def _types(client: BareClient) -> list[str]:
    return [headers["cloudEvents:type"] for headers, _ in client.events]


def _positions(client: BareClient) -> list[str]:
    return [headers["cloudEvents:position"] for headers, _ in client.events]
