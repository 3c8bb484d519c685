"""Operators see how the read model is, compare it with the log, and have it built anew."""

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from shared.eventlog.log import heads
from tests.integration.portalctl.commands import Portalctl
from tests.integration.projections.histories import Entry, companies, recorded
from tests.integration.projections.oracle import expected, found
from tests.integration.projections.resyncing import generation, log_and_fold

SITES = 3


def entry(company: int, number: int, **more: object) -> Entry:
    key = str(UUID(int=number))
    payload = {"site_id": key, "company_id": key, "name": "Süd", "address": "Bahnhofstraße 1", **more}
    return Entry(company, "site_added", payload)


HISTORY = [entry(company, number) for company in range(3) for number in range(1, SITES + 1)]


@pytest.fixture
def owner(database: Engine) -> list[UUID]:
    """Three companies with three sites each."""
    owner = companies()
    log_and_fold(database, recorded(HISTORY, owner))
    return owner


def execute(engine: Engine, statement: str, **parameters: object) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), parameters)


def lose_a_row(engine: Engine, company: UUID) -> None:
    gone = "DELETE FROM portal_read.sites WHERE owner_id = :company AND site_id = :site"
    execute(engine, gone, company=company, site=UUID(int=1))


def test_verify_finds_nothing_where_all_is_well(portalctl: Portalctl, owner: list[UUID]):
    assert portalctl.json("projections", "verify") == {"owners": 3, "differing": {}}


def test_verify_finds_what_differs_from_the_log_and_changes_nothing(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    lose_a_row(database, owner[1])
    for _ in range(2):
        done = portalctl.run("projections", "verify", "--json")
        assert done.returncode == 1
        missing = {"sites": {"added": 1, "changed": 0, "removed": 0}}
        assert json.loads(done.stdout)["differing"] == {str(owner[1]): missing}


def test_a_rebuild_of_one_company_puts_it_right_and_leaves_the_others(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    lose_a_row(database, owner[1])
    done = portalctl.json("projections", "rebuild", "--company", str(owner[1]))
    assert done["events"] == SITES
    assert done["changes"] == {"sites": {"added": 1, "changed": 0, "removed": 0}}
    assert [generation(database, company) for company in owner] == [1, 2, 1]
    assert found(database, owner) == expected(HISTORY)


def test_a_rebuild_of_all_puts_everything_right_and_appends_nothing(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    with database.connect() as connection:
        before = list(heads(connection))
    execute(database, "DELETE FROM portal_read.sites")
    done = portalctl.json("projections", "rebuild", "--all", "--workers", "3")
    assert (done["owners"], done["events"], done["failed"]) == (3, len(HISTORY), [])
    assert found(database, owner) == expected(HISTORY)
    with database.connect() as connection:
        assert list(heads(connection)) == before


def test_a_rebuild_that_is_killed_goes_on_where_it_was(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    killed = portalctl.run(
        "projections", "rebuild", "--all", "--workers", "1", PORTAL_FAILPOINTS="rebuild.owner_done=kill@1"
    )
    assert killed.returncode == 1
    assert "run the same command again" in killed.stderr
    assert {generation(database, company) for company in owner} == {1, 2}
    done = portalctl.json("projections", "rebuild", "--all")
    assert done["owners"] == 3
    assert [generation(database, company) for company in owner] == [2, 2, 2]


def test_a_rebuild_that_is_begun_anew_keeps_nothing_of_the_one_that_was_killed(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    arguments = ("projections", "rebuild", "--all", "--workers", "1")
    portalctl.run(*arguments, PORTAL_FAILPOINTS="rebuild.owner_done=kill@2")
    execute(database, "DELETE FROM portal_read.sites")
    assert portalctl.json(*arguments, "--anew")["owners"] == 3
    assert found(database, owner) == expected(HISTORY)


def test_a_second_rebuild_at_the_same_time_is_refused(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    with database.connect() as connection:
        lock = text("SELECT pg_advisory_lock(hashtextextended('rebuild portal_read', 0))")
        connection.execute(lock)
        done = portalctl.run("projections", "rebuild", "--all")
    assert done.returncode == 1
    assert "is running already" in done.stderr


def test_a_parked_company_is_listed_with_event_and_error_and_can_be_resumed(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    execute(
        database,
        "UPDATE portal_read.owners SET parked_at = 2, parked_error = 'site_added …: KeyError'"
        " WHERE owner_id = :company",
        company=owner[0],
    )
    parked = portalctl.json("projections", "list")["parked"]
    assert parked == [{"company_id": str(owner[0]), "position": 2, "error": "site_added …: KeyError"}]
    assert str(owner[0]) in portalctl.run("projections", "list").stdout
    portalctl.json("projections", "resume", "--company", str(owner[0]))
    assert portalctl.json("projections", "list")["parked"] == []


def test_a_company_whose_event_can_still_not_be_folded_stays_parked_and_the_reason_is_said(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    log_and_fold(database, recorded([entry(0, 9, latitude="Nord")], owner))
    done = portalctl.run("projections", "resume", "--company", str(owner[0]))
    assert done.returncode == 1
    assert "site_added at 10: TypeError" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(portalctl.json("projections", "list")["parked"]) == 1
    rebuilt = portalctl.run("projections", "rebuild", "--all", "--json")
    assert rebuilt.returncode == 1
    assert json.loads(rebuilt.stdout)["failed"] == [
        {"company_id": str(owner[0]), "error": "site_added at 10: TypeError"}
    ]


def test_an_unknown_company_is_named(portalctl: Portalctl):
    nobody = str(uuid4())
    done = portalctl.run("projections", "rebuild", "--company", nobody)
    assert done.returncode == 1
    assert nobody in done.stderr


def test_one_company_can_not_be_begun_anew(portalctl: Portalctl):
    done = portalctl.run("projections", "rebuild", "--company", str(uuid4()), "--anew")
    assert done.returncode == 2
    assert "--anew is for --all" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--all", "--company", str(UUID(int=1))]])
def test_a_rebuild_of_neither_or_of_both_is_refused(portalctl: Portalctl, arguments: list[str]):
    done = portalctl.run("projections", "rebuild", *arguments)
    assert done.returncode == 2
    assert "Give either --company ID or --all." in done.stderr
