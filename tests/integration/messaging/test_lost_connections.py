"""Connections that die while they rest, as all do when the database restarts, are no caller's trouble."""

import psycopg
import pytest
from uuid_utils.compat import uuid7

from deploy.servers import PostgreSQL
from tests.support.samples import Samples


@pytest.fixture
def company_id(samples: Samples, staff: str) -> str:
    """A company that was looked at, so that the service has connections."""
    registered = samples.register(staff)
    samples.call("sample.company", staff, company_id=registered)
    return registered


def end_connections(samples: Samples, postgresql: PostgreSQL) -> None:
    database = samples.database_url.rpartition("/")[2]
    samples.engine.dispose()
    with psycopg.connect(postgresql.uri("postgres"), autocommit=True) as admin:
        ended = admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [database]
        ).fetchall()
    assert ended


@pytest.mark.usefixtures("unharmed")
def test_a_query_is_answered_over_a_new_one(
    samples: Samples, staff: str, postgresql: PostgreSQL, company_id: str
):
    end_connections(samples, postgresql)
    assert len(samples.call("sample.company", staff, company_id=company_id)["names"]) == 1


@pytest.mark.usefixtures("unharmed")
def test_a_command_with_an_id_is_carried_out_over_a_new_one_once(
    samples: Samples, staff: str, postgresql: PostgreSQL, company_id: str
):
    end_connections(samples, postgresql)
    samples.call("sample.rename", staff, company_id=company_id, name="once", command_id=str(uuid7()))
    assert [recorded.payload["name"] for recorded in samples.history(company_id)][1:] == ["once"]
