"""Rows are the same however the events come, and an event that can't be folded harms its company alone."""

from collections.abc import Sequence
from itertools import cycle
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from services.portal_read.projection import PORTAL
from shared.eventlog.recorded import Recorded
from shared.projections.engine import apply
from tests.integration.projections.histories import (
    HISTORIES,
    HISTORIES_WITH_MISFITS,
    MISFITS,
    RHYTHMS,
    Entry,
    companies,
    recorded,
)
from tests.integration.projections.oracle import expected, found

bounded = settings(
    max_examples=50,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
GOOD = Entry(0, "site_removed", {"site_id": str(UUID(int=2))})


def fold(engine: Engine, batch: Sequence[Recorded]) -> None:
    with engine.begin() as connection:
        apply(connection, PORTAL, batch)


def crash(engine: Engine, batch: Sequence[Recorded]) -> None:
    """Fold, and be gone before the commit."""
    with engine.connect() as connection:
        apply(connection, PORTAL, batch)
        connection.rollback()


def fold_live(engine: Engine, history: list[Recorded], rhythm: list[tuple[int, bool]]) -> None:
    pace = cycle(rhythm)
    while history:
        size, crashes = next(pace)
        if crashes:
            crash(engine, history[:size])
        fold(engine, history[:size])
        history = history[size:]


@bounded
@for_all(HISTORIES, RHYTHMS)
def test_folding_live_with_crashes_in_between_folding_at_once_and_by_hand_agree(database, history, rhythm):
    live, whole = companies(), companies()
    fold_live(database, recorded(history, live), rhythm)
    fold(database, recorded(history, whole))
    assert found(database, live) == found(database, whole) == expected(history)


@bounded
@for_all(HISTORIES_WITH_MISFITS, RHYTHMS)
def test_a_misfit_parks_its_company_just_there_whatever_the_batches(database, history, rhythm):
    live, whole = companies(), companies()
    fold_live(database, recorded(history, live), rhythm)
    fold(database, recorded(history, whole))
    assert found(database, live) == found(database, whole) == expected(history)


@bounded
@for_all(HISTORIES)
def test_a_batch_that_is_folded_again_changes_nothing(database, history):
    owner = companies()
    for _ in range(2):
        fold(database, recorded(history, owner))
    assert found(database, owner) == expected(history)


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_parked_company_says_which_event_and_why_and_no_more(database: Engine, misfit):
    owner, event = companies(), Entry(0, *misfit)
    [_, poison] = history = recorded([GOOD, event], owner)
    fold(database, history)
    with database.connect() as connection:
        row = connection.execute(PORTAL.owners.select().where(PORTAL.owners.c.owner_id == owner[0])).one()
    assert row.parked_at == 2
    assert row.parked_error.startswith(f"{poison.type} {poison.event_id}: ")
    assert "Süd" not in row.parked_error


def test_events_of_a_provider_are_its_own_rows(database: Engine):
    [company, *_] = owner = companies()
    details = {"name": "Huber", "email": "info@huber.example.com"}
    entry = Entry(0, "provider_registered", {"provider_id": str(company), **details})
    [event] = recorded([entry], owner)
    fold(database, [Recorded(**vars(event) | {"provider_id": company, "company_id": None})])
    with database.connect() as connection:
        rows = connection.execute(text("SELECT owner_id, name FROM portal_read.providers")).all()
    assert rows == [(company, "Huber")]


@pytest.mark.parametrize(
    "damage",
    [
        "ALTER TABLE portal_read.sites RENAME TO places",
        "ALTER TABLE portal_read.sites RENAME COLUMN address TO street",
    ],
)
def test_a_schema_that_lags_behind_is_nobodys_fault_and_parks_nobody(database: Engine, damage):
    owner = companies()
    details = {"company_id": str(owner[0]), "name": "Süd", "address": "Bahnhofstraße 1"}
    history = recorded([Entry(0, "site_added", {"site_id": str(owner[0]), **details})], owner)
    with database.begin() as connection:
        connection.execute(text(damage))
    with pytest.raises(ProgrammingError):
        fold(database, history)
    with database.connect() as connection:
        assert connection.execute(PORTAL.owners.select()).all() == []


def test_a_lost_connection_parks_nobody(database: Engine):
    owner = companies()
    history = recorded([GOOD], owner)
    with database.connect() as victim:
        pid = victim.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with database.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(DBAPIError):
            apply(victim, PORTAL, history)
    with database.connect() as connection:
        assert connection.execute(PORTAL.owners.select()).all() == []
