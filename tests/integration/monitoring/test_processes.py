"""Every process shows metrics that are true, whether it lives, and whether it can work."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select

from deploy.servers.ports import free_port
from shared.contracts.errors import NotFound
from shared.eventlog.tables import partitions
from tests.support.metrics import look, value
from tests.support.proxy import Proxy
from tests.support.stack import ROOT, SERVICES, Stack
from tests.support.waiting import wait_until

# The machine may have other things to do.
PATIENCE_S = 60


def _metric(portal: Stack, process: str, name: str, **labels: str) -> float:
    status, text = look(portal.metrics_ports[process], "/metrics")
    assert status == 200, text
    return value(text, name, **labels)


@pytest.fixture
def stack_beside(keys: Path, tmp_path: Path) -> Iterator[Callable[[str, str], Stack]]:
    """Makes a stack on other servers, whose processes end with the test."""
    stacks: list[Stack] = []

    def beside(amqp_uri: str, database_url: str) -> Stack:
        stacks.append(Stack(amqp_uri=amqp_uri, database_url=database_url, keys=keys, logs=tmp_path))
        return stacks[-1]

    yield beside
    for stack in stacks:
        stack.stop()


@pytest.mark.parametrize("process", [*SERVICES, "relay"])
def test_a_process_that_works_lives_and_is_ready(portal: Stack, process: str):
    port = portal.metrics_ports[process]
    assert look(port, "/healthz") == (200, "ok\n")
    wait_until(lambda: look(port, "/readyz") == (200, "ok\n"), what=f"{process} is ready", timeout=PATIENCE_S)


def _probe(port: int, *check: str) -> subprocess.CompletedProcess[str]:
    """What the health check of a container says of the process at a port."""
    environment = {**os.environ, "PORTAL_METRICS_PORT": str(port)}
    command = [sys.executable, "-m", "shared.monitoring.probe", *check]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_the_health_check_of_a_container_says_whether_its_process_lives(portal: Stack):
    assert _probe(portal.metrics_ports["orders"]).returncode == 0
    assert _probe(free_port()).returncode == 1


def test_calls_are_counted_by_method_and_outcome_and_timed(portal: Stack):
    staff = portal.provider()

    def counted(outcome: str) -> float:
        try:
            return _metric(
                portal,
                "customers",
                "portal_rpc_requests_total",
                service="customers",
                method="company",
                outcome=outcome,
            )
        except LookupError:
            return 0

    good, bad = counted("ok"), counted("not_found")
    company_id = portal.call("customers.register_company", staff, name="Bäckerei")["company_id"]
    portal.call("customers.company", staff, company_id=company_id)
    with pytest.raises(NotFound):
        portal.call("customers.company", staff, company_id=str(uuid4()))
    assert counted("ok") >= good + 1
    assert counted("not_found") >= bad + 1
    timed = _metric(portal, "customers", "portal_rpc_duration_seconds_count", method="company")
    assert timed >= counted("ok") + counted("not_found") - 1


def test_the_head_and_how_far_relay_and_projection_are_is_shown_for_each_partition(
    portal: Stack, portal_database: Engine
):
    portal.provider()
    with portal_database.connect() as connection:
        head = connection.execute(select(func.sum(partitions.c.head))).scalar_one()

    def up_to_date() -> bool:
        return all(
            _metric(portal, process, f"portal_{done}_position") >= head
            and _metric(portal, process, "portal_log_head_position") >= head
            for process, done in {"relay": "published", "portal_read": "projected"}.items()
        )

    wait_until(up_to_date, what="all is published and projected", timeout=PATIENCE_S)
    for partition in map(str, range(8)):
        assert _metric(portal, "relay", "portal_published_lag_events", partition=partition) >= 0
        assert _metric(portal, "portal_read", "portal_projected_lag_seconds", partition=partition) >= 0


def test_events_that_subscriptions_handle_and_mails_that_wait_are_shown(portal: Stack):
    queue, outcome = "notifications.customer_invited", "handled"

    def handled() -> float:
        return _metric(
            portal, "notifications", "portal_subscription_events_total", queue=queue, outcome=outcome
        )

    before = handled()
    portal.customer(portal.provider())
    wait_until(lambda: handled() > before, what="the invitation is in the ledger", timeout=PATIENCE_S)
    assert _metric(portal, "notifications", "portal_mails_waiting") >= 1
    assert (
        _metric(portal, "notifications", "portal_subscription_events_total", queue=queue, outcome="parked")
        >= 0
    )
    assert _metric(portal, "portal_read", "portal_projection_parked", projection="portal_read") >= 0


@pytest.mark.parametrize(
    ("module", "obstacle"),
    [
        (("shared.messaging.runner", SERVICES["requests"]), "rpc requests: takes no calls from the broker"),
        (("shared.eventlog.relay",), "broker: no connection to RabbitMQ"),
    ],
)
def test_without_its_broker_a_process_lives_and_is_not_ready_and_says_why(
    database_url: str, stack_beside: Callable[[str, str], Stack], module: tuple[str, ...], obstacle: str
):
    stack = stack_beside(f"amqp://guest:guest@127.0.0.1:{free_port()}//", database_url)
    stack.start("alone", *module)
    port = stack.metrics_ports["alone"]
    text = wait_until(
        lambda: obstacle in (text := look(port, "/readyz")[1]) and text,
        what="the process says what it lacks",
        timeout=PATIENCE_S,
    )
    assert "guest" not in text
    assert "database" not in text
    assert look(port, "/readyz")[0] == 503
    assert look(port, "/healthz") == (200, "ok\n")
    asked = _probe(port, "readyz")
    assert (asked.returncode, obstacle in asked.stderr) == (1, True)
    assert _probe(port).returncode == 0


@pytest.mark.parametrize(
    "module", [("shared.messaging.runner", SERVICES["requests"]), ("shared.eventlog.relay",)]
)
def test_a_process_that_loses_its_database_lives_and_is_not_ready_and_says_why(
    amqp_uri: str, database_url: str, stack_beside: Callable[[str, str], Stack], module: tuple[str, ...]
):
    place = urlsplit(database_url)
    line = Proxy(int(str(place.port)))
    stack = stack_beside(amqp_uri, database_url.replace(f":{place.port}/", f":{line.port}/"))
    stack.start("alone", *module)
    port = stack.metrics_ports["alone"]

    wait_until(lambda: look(port, "/readyz")[0] == 200, what="the process is ready", timeout=PATIENCE_S)
    line.close()
    text = wait_until(
        lambda: "database: can't be reached" in (text := look(port, "/readyz")[1]) and text,
        what="the process says what it lacks",
        timeout=PATIENCE_S,
    )
    assert str(place.password) not in text
    assert look(port, "/readyz")[0] == 503
    assert look(port, "/healthz") == (200, "ok\n")
