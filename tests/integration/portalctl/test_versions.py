"""Operators see which versions of the read model there are, build one and drop one."""

from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from services.portal_read.projection import PORTAL
from shared.projections import versions
from tests.integration.portalctl.commands import Portalctl
from tests.integration.projections.histories import Entry, companies, recorded
from tests.integration.projections.oracle import expected, found
from tests.integration.projections.resyncing import fold_next, log_and_fold, only_log
from tests.integration.projections.workers import working
from tests.support.second_version import SECOND
from tests.support.waiting import wait_until

_KEY = str(UUID(int=1))
_SITE = {"site_id": _KEY, "company_id": _KEY, "name": "Süd", "address": "Bahnhofstraße 1"}
HISTORY = [Entry(company, "site_added", _SITE) for company in range(3)]
MISFIT = Entry(1, "site_added", _SITE | {"latitude": "Nord"})


@pytest.fixture
def owner(database: Engine) -> list[UUID]:
    owner = companies()
    log_and_fold(database, recorded(HISTORY, owner))
    return owner


def of_next_release(database: Engine) -> None:
    """Leave the database as a release finds it whose version is not there yet, but another one."""
    versions.begin(database, SECOND)
    with database.begin() as connection:
        connection.execute(text("UPDATE portal_read.versions SET built_at = now() WHERE version = 2"))
    versions.drop(database, SECOND, 1)


def shown(portalctl: Portalctl) -> list[tuple[int, str, str]]:
    listed = portalctl.json("projections", "list")["versions"]
    return [(each["version"], each["state"], f"{each['owners_done']}/{each['owners']}") for each in listed]


def test_versions_are_listed_with_their_state_progress_and_lag(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    versions.begin(database, SECOND)
    assert shown(portalctl) == [(1, "idle", "0/0"), (2, "building", "0/3")]
    versions.build(database, SECOND)
    only_log(database, recorded(HISTORY[:1], owner))
    with working(database):
        wait_until(lambda: not fold_next(database, PORTAL, 1), what="the first version follows")
        listed = portalctl.json("projections", "list")["versions"]
    assert [(each["state"], each["behind"], each["workers"]) for each in listed] == [
        ("serving", 0, 1),
        ("idle", 1, 0),
    ]


def test_a_release_builds_its_version_once_and_the_others_can_be_dropped(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    of_next_release(database)
    assert "portalctl projections build" in portalctl.run("projections", "list").stdout
    refused = portalctl.run("projections", "verify")
    assert (refused.returncode, "is not built yet" in refused.stderr) == (1, True)
    assert portalctl.json("projections", "build")["owners"] == 3
    assert portalctl.json("projections", "build")["owners"] == 0
    assert found(database, owner) == expected(HISTORY)
    assert portalctl.run("projections", "drop", "2").stdout == "Version 2 of portal_read is gone.\n"
    assert shown(portalctl) == [(1, "idle", "0/0")]
    refused = portalctl.run("projections", "drop", "1")
    assert (refused.returncode, "No other version" in refused.stderr) == (1, True)


def test_building_that_is_killed_goes_on_where_it_was(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    of_next_release(database)
    killed = portalctl.run(
        "projections", "build", "--workers", "1", PORTAL_FAILPOINTS="rebuild.owner_done=kill@2"
    )
    assert killed.returncode == 1
    assert "run the same command again" in killed.stderr
    [(_, state, done), _] = shown(portalctl)
    assert (state, done != "0/3") == ("building", True)
    portalctl.json("projections", "build")
    assert found(database, owner) == expected(HISTORY)


def test_events_that_can_not_be_folded_are_named_and_parked_only_if_the_operator_says_so(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    log_and_fold(database, recorded([MISFIT], owner))
    of_next_release(database)
    refused = portalctl.run("projections", "build")
    assert refused.returncode == 1
    assert f"{owner[1]}: site_added at 4: TypeError" in refused.stderr
    assert "--park" in refused.stderr
    assert "--anew" in refused.stderr
    portalctl.json("projections", "build", "--park")
    assert found(database, owner) == expected([*HISTORY, MISFIT])
    parked = portalctl.json("projections", "list")["parked"]
    assert [(each["company_id"], each["position"]) for each in parked] == [(str(owner[1]), 4)]


def test_what_an_unfinished_building_has_done_is_kept_and_said_or_with_anew_done_again(
    portalctl: Portalctl, database: Engine, owner: list[UUID]
):
    log_and_fold(database, recorded([MISFIT], owner))
    of_next_release(database)
    portalctl.run("projections", "build")
    with database.begin() as connection:
        connection.execute(text("UPDATE portal_read.sites SET name = 'as the unmended fold has it'"))
    again = portalctl.run("projections", "build")
    assert (again.returncode, "which has done 2 of 3 owners" in again.stderr) == (1, True)
    done = portalctl.run("projections", "build", "--anew", "--park")
    assert (done.returncode, "Going on" in done.stderr) == (0, False)
    assert found(database, owner) == expected([*HISTORY, MISFIT])
