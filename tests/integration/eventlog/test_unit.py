"""A unit commits all that a command did or nothing of it, and reaches nobody else's streams."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from uuid_utils.compat import uuid7

from shared.contracts.errors import NotFound
from shared.eventlog.log import VersionConflict
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Unit, unit_of_work
from tests.integration.eventlog.given import (
    COMPANY,
    ORIGIN,
    OTHER_PROVIDER,
    PROVIDER,
    SITE,
    begin,
    history,
    register,
    rename,
    size,
    updated,
)


@pytest.fixture
def notes(database: Engine) -> Callable[[], list[str]]:
    """A service's own table; gives what it holds."""
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE notes (note text PRIMARY KEY)"))

    def read() -> list[str]:
        with database.connect() as connection:
            return list(connection.execute(text("SELECT note FROM notes ORDER BY note")).scalars())

    return read


def write(connection: Connection, note: str) -> None:
    connection.execute(text("INSERT INTO notes VALUES (:note)"), {"note": note})


def lose_a_race(engine: Engine, unit: Unit, company_id: UUID) -> None:
    """Decide on a company's stream, then let somebody else append to it first."""
    unit.stream(COMPANY, company_id).decide(lambda names: updated(company_id))
    rename(engine, company_id, "faster")


def test_own_rows_and_events_are_committed_together(database: Engine, notes):
    company_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        write(unit.connection, "invited")
        begin(unit, company_id)
        unit.append(ORIGIN)
        assert (notes(), history(database, company_id)) == ([], [])
        unit.close()
    assert notes() == ["invited"]
    assert len(history(database, company_id)) == 1


def test_own_rows_go_with_the_events_when_somebody_else_was_faster(database: Engine, notes):
    company_id = register(database)
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        lose_a_race(database, unit, company_id)
        write(unit.connection, "lost")
        with pytest.raises(VersionConflict):
            unit.commit(ORIGIN)
    assert notes() == []
    assert [recorded.version for recorded in history(database, company_id)] == [1, 2]


def fail_after_append(engine: Engine) -> None:
    with unit_of_work(engine, Scope(PROVIDER)) as unit:
        write(unit.connection, "lost")
        begin(unit, uuid7())
        unit.append(ORIGIN)
        raise NotFound("disk")


def test_own_rows_go_when_the_command_fails(database: Engine, notes):
    with pytest.raises(NotFound):
        fail_after_append(database)
    assert (notes(), size(database)) == ([], 0)


def test_a_unit_left_without_a_commit_leaves_no_trace(database: Engine, notes):
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        write(unit.connection, "lost")
        begin(unit, uuid7())
    assert (notes(), size(database)) == ([], 0)


def test_own_rows_are_committed_without_events_too(database: Engine, notes):
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        write(unit.connection, "kept")
        assert unit.commit(ORIGIN) is None
    assert notes() == ["kept"]


def test_a_unit_that_decided_nothing_appends_nothing(database: Engine):
    company_id = register(database)
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        unit.stream(COMPANY, company_id).decide(lambda names: None)
        assert unit.commit(ORIGIN) is None
        assert unit.head() == history(database, company_id)[-1].at
    assert size(database) == 1


def test_a_unit_works_on_after_one_that_failed(database: Engine, notes):
    company_id = register(database)
    for _ in range(12):
        with unit_of_work(database, Scope(PROVIDER)) as unit:
            begin(unit, company_id)
            write(unit.connection, "lost")
            with pytest.raises(VersionConflict):
                unit.commit(ORIGIN)
    assert rename(database, company_id, "works") is not None


def test_decisions_see_what_was_decided_before_them_in_the_unit(database: Engine):
    company_id = register(database)
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        company = unit.stream(COMPANY, company_id)
        company.decide(lambda names: updated(company_id, name="second"))
        company.decide(lambda names: [updated(company_id, name="third"), updated(company_id, name="fourth")])
        assert company.state[1:] == ("second", "third", "fourth")
        assert [new.version for new in unit.pending] == [2, 3, 4]
        unit.commit(ORIGIN)
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        assert unit.stream(COMPANY, company_id).state[1:] == ("second", "third", "fourth")


def test_a_unit_appends_to_several_streams_at_once(database: Engine):
    first, second = register(database), uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        unit.stream(COMPANY, first).decide(lambda names: updated(first))
        begin(unit, second)
        position = unit.commit(ORIGIN)
    assert [history(database, first)[-1].position, history(database, second)[-1].position] == [2, 3]
    assert history(database, second)[-1].at == position


def test_a_stream_without_a_state_is_not_there(database: Engine):
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        empty = unit.new(COMPANY, uuid7(), provider_id=PROVIDER)
        with pytest.raises(NotFound):
            assert empty.state


@pytest.mark.parametrize("scope", ["other provider", "other company", "other provider, own company"])
def test_somebody_elses_stream_reads_exactly_as_one_that_is_missing(database: Engine, scope):
    company_id = register(database)
    strange = {
        "other provider": Scope(OTHER_PROVIDER),
        "other company": Scope(PROVIDER, uuid7()),
        "other provider, own company": Scope(OTHER_PROVIDER, company_id),
    }[scope]
    with unit_of_work(database, strange) as unit:
        with pytest.raises(NotFound) as hidden:
            unit.stream(COMPANY, company_id)
        with pytest.raises(NotFound) as missing:
            unit.stream(COMPANY, uuid7())
        assert unit.find(COMPANY, company_id) is None
        assert unit.states(COMPANY, [company_id]) == []
    told = [(e.value.code, e.value.message, e.value.details, str(e.value)) for e in (hidden, missing)]
    assert told[0] == told[1]
    assert str(company_id) not in repr(told)


def test_a_stream_of_another_type_is_missing_too(database: Engine):
    company_id = register(database)
    with unit_of_work(database, Scope(PROVIDER)) as unit, pytest.raises(NotFound):
        unit.stream(SITE, company_id)


def test_own_streams_are_reached_by_company_by_provider_and_by_everything(database: Engine):
    company_id = register(database)
    for scope in (Scope(PROVIDER, company_id), Scope(PROVIDER), Scope.EVERYTHING):
        with unit_of_work(database, scope) as unit:
            assert unit.stream(COMPANY, company_id).state == ("Bäckerei Öztürk",)
            assert unit.find(COMPANY, company_id) is not None


def test_a_company_does_not_reach_its_providers_own_streams(database: Engine):
    stream_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        unit.new(COMPANY, stream_id, provider_id=PROVIDER).create(lambda: updated(stream_id))
        unit.commit(ORIGIN)
    with unit_of_work(database, Scope(PROVIDER, stream_id)) as unit, pytest.raises(NotFound):
        unit.stream(COMPANY, stream_id)


def test_states_come_in_the_order_asked_for_without_those_that_are_missing(database: Engine):
    first, second = register(database), register(database)
    theirs = register(database, provider_id=OTHER_PROVIDER)
    rename(database, first, "renamed")
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        found = unit.states(COMPANY, [second, uuid7(), theirs, first])
    assert [(events[0].stream_id, len(state)) for state, events in found] == [(second, 1), (first, 2)]


def test_what_one_unit_holds_another_waits_for_until_the_commit(database: Engine):
    with unit_of_work(database, Scope.EVERYTHING) as first, database.connect() as other:
        first.hold("site 1")
        free = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:what, 0))")
        assert not other.execute(free, {"what": "site 1"}).scalar()
        assert other.execute(free, {"what": "site 2"}).scalar()
        first.close()
        assert other.execute(free, {"what": "site 1"}).scalar()


def test_shared_holders_admit_each_other_but_no_single_one(database: Engine):
    everything = Scope.EVERYTHING
    with unit_of_work(database, everything) as first, unit_of_work(database, everything) as second:
        first.hold("site 1", shared=True)
        second.hold("site 1", shared=True)
        with database.connect() as other:
            alone = text("SELECT pg_try_advisory_xact_lock(hashtextextended('site 1', 0))")
            assert not other.execute(alone).scalar()
