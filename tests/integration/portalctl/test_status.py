"""Operators see at a glance whether all is well, and if not, what is wrong and where to look."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from shared.eventlog.tables import relay
from tests.integration.portalctl.commands import Portalctl
from tests.integration.portalctl.test_events import happen, registered
from tests.support.stack import Stack
from tests.support.waiting import wait_until


@pytest.fixture
def running(portal: Stack, keys: Path) -> Portalctl:
    """`portalctl` beside the whole portal."""
    return Portalctl(
        {"AMQP_URI": portal.amqp_uri, "DATABASE_URL": portal.database_url, "PORTAL_KEYS": str(keys)}
    )


def test_of_a_portal_that_runs_all_is_well(running: Portalctl, portal: Stack):
    portal.provider()

    def well() -> bool:
        status = json.loads(running.run("status", "--json").stdout)
        assert all(status["services"].values())
        assert not [each for each in status["problems"] if each.startswith("nothing is ")]
        return all(each["projected_lag"] == each["published_lag"] == 0 for each in status["partitions"])

    wait_until(well, what="everything is published and projected")


def test_without_services_their_names_and_the_lag_are_shown(portalctl: Portalctl, database: Engine):
    happen(database, uuid4(), registered(uuid4()))
    done = portalctl.run("status", "--json")
    status = json.loads(done.stdout)
    assert done.returncode == 1
    assert "requests does not answer" in status["problems"]
    assert (status["database"], status["broker"]) == (True, True)
    lagging = status["partitions"][3]
    assert (lagging["head"], lagging["published_lag"], lagging["projected_lag"]) == (1, 1, 1)
    shown = portalctl.run("status").stdout
    assert "1 event, " in shown
    assert "does relay run?\n" in shown
    assert "Problem: requests does not answer.\n" in shown
    everywhere = "0, 1, 2, 3, 4, 5, 6, 7"
    assert f"nothing is published of the partitions {everywhere}: does relay run?" in status["problems"]
    assert f"nothing is shown of the partitions {everywhere}: does portal_read run?" in status["problems"]


def test_events_that_wait_too_long_are_a_problem_though_somebody_has_the_lease(
    portalctl: Portalctl, database: Engine
):
    happen(database, uuid4(), registered(uuid4()))
    with database.begin() as connection:
        for table in ("eventlog.relay", "portal_read.checkpoints"):
            connection.execute(text(f"UPDATE {table} SET expires_at = now() + interval '1 hour'"))
        connection.execute(text("ALTER TABLE eventlog.events DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE eventlog.events SET recorded_at = now() - interval '100 seconds'"))
    problems = json.loads(portalctl.run("status", "--json").stdout)["problems"]
    assert [each.rpartition(" for up to ")[0] for each in problems if "up to" in each] == [
        "events wait to be published",
        "events wait to be shown",
    ]
    assert not [each for each in problems if each.startswith("nothing is ")]


def test_a_relay_that_fails_and_a_parked_company_are_problems(portalctl: Portalctl, database: Engine):
    with database.begin() as connection:
        connection.execute(relay.update().where(relay.c.partition == 2).values(error="no such exchange"))
        connection.execute(
            text(
                "INSERT INTO portal_read.owners (owner_id, provider_id, generation, parked_at, parked_error)"
                " VALUES (gen_random_uuid(), gen_random_uuid(), 1, 7, 'KeyError')"
            )
        )
    problems = json.loads(portalctl.run("status", "--json").stdout)["problems"]
    assert "partition 2 is not published: no such exchange" in problems
    assert "parked: 1 company; see: portalctl projections list" in problems


def test_servers_that_are_away_are_problems_and_no_traceback(portalctl: Portalctl):
    nowhere = {
        "AMQP_URI": "amqp://guest:secret@127.0.0.1:1/",
        "DATABASE_URL": "postgresql://portal:secret@127.0.0.1:1/portal",
    }
    done = portalctl.run("status", "--json", **nowhere)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stdout + done.stderr
    status = json.loads(done.stdout)
    assert (status["database"], status["broker"]) == (False, False)
