"""A new version is built beside the one that is served, from any moment on, and the old one can go then."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from sqlalchemy import Engine, MetaData, select, text
from sqlalchemy.exc import ProgrammingError

from deploy.database.grants import grant
from deploy.database.rights import OWNER
from services.portal_read.projection import PORTAL
from shared.projections import rebuild, versions
from shared.projections.history import Owner
from shared.projections.projection import Projection
from shared.projections.rebuild import Share
from shared.projections.renewal import renew_or_park
from shared.projections.tables import schema_of
from tests.integration.projections.histories import (
    HISTORIES,
    HISTORIES_WITH_MISFITS,
    PROVIDER,
    Entry,
    companies,
    is_misfit,
    recorded,
)
from tests.integration.projections.oracle import expected, expected_by_the_second, found
from tests.integration.projections.resyncing import fold_next, log_and_fold, only_log
from tests.integration.projections.workers import value, working
from tests.support.database_roles import engine_of
from tests.support.second_version import SECOND
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[3]
FAILPOINTS = (
    "versions.begun",
    "renewal.folded",
    "renewal.written",
    "renewal.flipped",
    "rebuild.owner_done@2",
    "versions.folded",
)
bounded = settings(
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_BUILDER = """
import sys
from shared.database.engine import connect
from shared.projections import versions
from tests.support.second_version import SECOND
versions.build(connect(sys.argv[1], name="builder"), SECOND)
"""
_SITE = {"site_id": str(UUID(int=1)), "company_id": str(UUID(int=1)), "name": "Süd", "address": "Am Markt 1"}
_HISTORY = [Entry(company, "site_added", _SITE) for company in range(3)]


def forget(engine: Engine) -> None:
    """As if there had never been a second version."""
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS portal_read_v2 CASCADE"))
        connection.execute(text("DELETE FROM portal_read.versions WHERE version = 2"))


def catch_up(engine: Engine, projection: Projection) -> None:
    while fold_next(engine, projection, 500):
        pass


def kill_builder(engine: Engine, failpoint: str) -> None:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    name, _, count = failpoint.partition("@")
    armed = os.environ | {"PORTAL_FAILPOINTS": f"{name}=kill@{count or 1}"}
    ended = subprocess.run([sys.executable, "-c", _BUILDER, url], cwd=ROOT, env=armed, check=False)
    assert ended.returncode == -signal.SIGKILL


def states(engine: Engine) -> dict[int, str]:
    return {each.version: each.state for each in versions.listing(engine, PORTAL)}


@bounded
@for_all(HISTORIES_WITH_MISFITS, HISTORIES, st.permutations([0, 1, 2, "live", "live", "live"]))
def test_whoever_comes_first_the_live_fold_or_the_building_the_result_is_what_the_log_says(
    database: Engine, before: list[Entry], meanwhile: list[Entry], order: Sequence[int | str]
):
    forget(database)
    owner = companies()
    history = recorded(before + meanwhile, owner)
    log_and_fold(database, history[: len(before)])
    versions.begin(database, SECOND)
    only_log(database, history[len(before) :])
    for step in order:
        if isinstance(step, int):
            of = Owner(owner[step], PROVIDER)
            renew_or_park(database, SECOND, of, finish=lambda *_: None, comparing=False)
        else:
            fold_next(database, SECOND, 7)
    for projection in (PORTAL, SECOND):
        catch_up(database, projection)
    tables, _ = found(database, owner, SECOND)
    assert tables == expected_by_the_second(before + meanwhile)[0]
    assert found(database, owner)[0] == expected(before + meanwhile)[0]


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_kill_leaves_the_old_version_as_it_is_and_another_process_goes_on(database: Engine, failpoint: str):
    owner = companies()
    log_and_fold(database, recorded(_HISTORY, owner))
    kill_builder(database, failpoint)
    assert not versions.is_built(database, SECOND)
    log_and_fold(database, recorded(_HISTORY[:1], owner))
    assert found(database, owner) == expected(_HISTORY)

    versions.build(database, SECOND)
    catch_up(database, SECOND)
    assert versions.is_built(database, SECOND)
    assert found(database, owner, SECOND) == expected_by_the_second(_HISTORY)


def test_an_event_that_only_the_new_version_can_not_fold_keeps_it_from_being_served(database: Engine):
    owner = companies()
    misfit = Entry(1, "site_removed", {"site_id": "Filiale Süd"})
    assert is_misfit(misfit)
    history = [*_HISTORY, misfit]
    log_and_fold(database, recorded(history, owner))
    with pytest.raises(versions.NotBuilt, match=f"{owner[1]}: site_removed at 4"):
        versions.build(database, SECOND)
    assert states(database) == {1: "idle", 2: "building"}
    rebuild_id = rebuild.begin(database, SECOND)
    rebuild.work(database, SECOND, rebuild_id, Share(0, 1), lambda: False, parking=True)
    versions.finish(database, SECOND, rebuild_id)
    assert states(database) == {1: "idle", 2: "idle"}
    assert found(database, owner, SECOND) == expected_by_the_second(history)


def test_a_version_is_made_as_the_migrations_made_the_first(database: Engine):
    """What `tables.py` says is what there is, down to columns, defaults and indexes."""
    metadata = MetaData(schema=schema_of(PORTAL.name, 9))
    tables = {
        name: table.to_metadata(metadata, schema=metadata.schema) for name, table in PORTAL.tables.items()
    }
    twin = Projection(PORTAL.name, 9, tables)
    versions.begin(database, twin)
    columns = (
        "SELECT array_agg((table_name, column_name, data_type, is_nullable, column_default)::text"
        " ORDER BY table_name, column_name) FROM information_schema.columns WHERE table_schema = :schema"
        " AND table_name NOT IN ('resyncs', 'versions', 'workers')"
    )
    indexes = (
        "SELECT array_agg(replace(indexdef, schemaname || '.', '') ORDER BY indexname) FROM pg_indexes"
        " WHERE schemaname = :schema AND tablename NOT IN ('resyncs', 'versions', 'workers')"
    )
    for statement in (columns, indexes):
        first, made = (value(database, statement, schema=one.schema) for one in (PORTAL, twin))
        assert made == first


def test_a_version_that_is_served_is_not_dropped_nor_the_only_one_that_is_built(database: Engine):
    owner = companies()
    log_and_fold(database, recorded(_HISTORY, owner))
    versions.begin(database, SECOND)
    with pytest.raises(versions.Refused, match="No other version"):
        versions.drop(database, PORTAL, 1)
    versions.build(database, SECOND)
    with working(database):
        wait_until(lambda: states(database) == {1: "serving", 2: "idle"}, what="the first is served")
        with pytest.raises(versions.Refused, match="1 processes serve version 1"):
            versions.drop(database, PORTAL, 1)
    with pytest.raises(versions.Refused, match="no version 3"):
        versions.drop(database, PORTAL, 3)
    versions.drop(database, SECOND, 1)
    assert states(database) == {2: "idle"}
    assert found(database, owner, SECOND) == expected_by_the_second(_HISTORY)


def test_when_a_rebuild_begins_all_finished_ones_but_the_last_are_forgotten(database: Engine):
    log_and_fold(database, recorded(_HISTORY, companies()))
    done = []
    for _ in range(3):
        done.append(rebuild.begin(database, PORTAL))
        rebuild.work(database, PORTAL, done[-1], Share(0, 1), lambda: False)
        rebuild.finish(database, PORTAL, done[-1])
    with database.connect() as connection:
        left = connection.execute(select(PORTAL.rebuild_owners.c.rebuild_id).distinct()).scalars()
        assert set(left) == set(done[1:])


def test_a_version_that_was_dropped_can_be_built_again(database: Engine):
    owner = companies()
    log_and_fold(database, recorded(_HISTORY, owner))
    versions.build(database, SECOND)
    versions.drop(database, PORTAL, 2)
    versions.build(database, SECOND)
    versions.drop(database, SECOND, 1)
    versions.build(database, PORTAL)
    assert found(database, owner) == expected(_HISTORY)
    assert found(database, owner, SECOND) == expected_by_the_second(_HISTORY)


def test_the_service_builds_a_version_whose_tables_its_owner_has_made_and_makes_none_itself(
    database: Engine, database_url: str
):
    log_and_fold(database, recorded(_HISTORY, companies()))
    service, owner = (engine_of(process, database_url) for process in ("portal_read", OWNER))
    with pytest.raises(ProgrammingError, match="permission denied for database"):
        versions.build(service, SECOND)
    versions.begin(owner, SECOND)
    grant(owner)
    versions.build(service, SECOND)
    assert versions.is_built(database, SECOND)
    versions.drop(owner, PORTAL, 1)
    for engine in (service, owner):
        engine.dispose()
