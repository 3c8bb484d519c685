"""Appending takes the next version of a stream or nothing at all."""

from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from shared.contracts.errors import Conflict, ValidationFailed
from shared.contracts.position import Position
from shared.eventlog import log
from shared.eventlog.log import New, Origin, VersionConflict
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.integration.eventlog.given import (
    COMPANY,
    ORIGIN,
    OTHER_PROVIDER,
    PROVIDER,
    SITE,
    at_once,
    begin,
    history,
    register,
    registered,
    rename,
    size,
    updated,
)

WRITERS = 50


def second(company_id: UUID, name: str) -> New:
    return New(COMPANY.name, company_id, 2, PROVIDER, company_id, updated(company_id, name=name))


def test_of_fifty_writers_of_one_version_one_wins_and_each_other_gets_a_conflict(crowd: Engine):
    company_id = register(crowd)

    def append(number: int) -> Position:
        with crowd.begin() as connection:
            return log.append(connection, ORIGIN, [second(company_id, f"Writer {number}")])

    outcomes = at_once(WRITERS, append)
    won = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Position)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, VersionConflict)]
    assert (len(won), len(lost)) == (1, WRITERS - 1)
    assert [recorded.event.name for recorded in history(crowd, company_id)][1:] == [f"Writer {won[0]}"]


def test_fifty_writers_that_reload_after_a_conflict_make_one_contiguous_stream(crowd: Engine):
    company_id = register(crowd)

    def insist(number: int) -> int:
        for lost in range(WRITERS):
            try:
                rename(crowd, company_id, f"Writer {number}")
            except VersionConflict:
                continue
            return lost
        raise AssertionError(f"writer {number} lost {WRITERS} times, more often than others can win")

    assert all(isinstance(lost, int) for lost in at_once(WRITERS, insist))
    events = history(crowd, company_id)
    assert [recorded.version for recorded in events] == list(range(1, WRITERS + 2))
    assert {recorded.event.name for recorded in events[1:]} == {f"Writer {n}" for n in range(WRITERS)}


def test_a_version_of_a_stream_is_taken_once(database: Engine):
    company_id = register(database)
    rename(database, company_id, "first")
    with database.connect() as connection, pytest.raises(VersionConflict):
        log.append(connection, ORIGIN, [second(company_id, "too late")])
    assert [recorded.event.name for recorded in history(database, company_id)][1:] == ["first"]


def test_an_id_names_one_stream_whatever_its_type(database: Engine):
    company_id = register(database)
    taken = New(SITE.name, company_id, 1, PROVIDER, company_id, registered(company_id))
    with database.connect() as connection, pytest.raises(VersionConflict):
        log.append(connection, ORIGIN, [taken])


def test_a_conflict_says_what_to_do(database: Engine):
    company_id = register(database)
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        begin(unit, company_id)
        with pytest.raises(Conflict, match="look at it again and repeat"):
            unit.commit(ORIGIN)


def test_several_events_are_appended_in_order_or_not_at_all(database: Engine):
    company_id, fresh = register(database), uuid7()
    news = [
        New(COMPANY.name, fresh, 1, PROVIDER, fresh, registered(fresh)),
        New(COMPANY.name, fresh, 2, PROVIDER, fresh, updated(fresh)),
        New(COMPANY.name, company_id, 1, PROVIDER, company_id, registered(company_id)),
    ]
    with database.begin() as connection, pytest.raises(VersionConflict):
        log.append(connection, ORIGIN, news)
    assert history(database, fresh) == []
    with database.begin() as connection:
        last = log.append(connection, ORIGIN, news[:2])
    assert [recorded.at for recorded in history(database, fresh)] == [
        Position(last.partition, last.position - 1),
        last,
    ]


def test_an_event_that_does_not_fit_its_declaration_is_refused_and_nothing_is_written(database: Engine):
    company_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        begin(unit, company_id)
        misfit = unit.new(COMPANY, uuid7(), provider_id=PROVIDER, company_id=company_id)
        misfit.create(lambda: registered(company_id, name=7))
        with pytest.raises(ValidationFailed) as refused:
            unit.commit(ORIGIN)
    assert refused.value.fields == {"name": ["Not a valid string."]}
    assert size(database) == 0
    with database.connect() as connection:
        assert {head.position for head in log.heads(connection)} == {0}


@pytest.mark.parametrize("name", ["a\x00b", "a\ud800b", "   "])
def test_a_text_that_the_database_could_not_hold_is_refused_before_it_gets_there(database: Engine, name):
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        company = unit.new(COMPANY, uuid7(), provider_id=PROVIDER)
        company.create(lambda: registered(uuid7(), name=name))
        with pytest.raises(ValidationFailed):
            unit.commit(ORIGIN)


@pytest.mark.parametrize(
    "name", ["Größe & Übermaß", "Łódź 👩‍🔧", "''; DROP TABLE --", "%s {} \\u0000", '"\\"']
)
def test_a_text_comes_back_as_it_went_in(database: Engine, name):
    company_id = register(database)
    rename(database, company_id, name)
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        assert unit.stream(COMPANY, company_id).state[-1] == name


def test_an_event_is_recorded_with_where_it_came_from(database: Engine):
    company_id = uuid7()
    origin = Origin(uuid7(), uuid7(), {"kind": "staff", "name": "Jörg"}, command_id="order 17")
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        begin(unit, company_id)
        position = unit.commit(origin)
    [recorded] = history(database, company_id)
    assert recorded.at == position
    assert recorded.event == registered(company_id)
    assert (recorded.stream_type, recorded.stream_id, recorded.version) == ("company", company_id, 1)
    assert (recorded.type, recorded.schema_version) == ("company_registered", 1)
    assert (recorded.provider_id, recorded.company_id) == (PROVIDER, company_id)
    assert (recorded.correlation_id, recorded.causation_id) == (origin.correlation_id, origin.causation_id)
    assert (recorded.actor, recorded.command_id) == (origin.actor, "order 17")
    assert recorded.event_id.version == 7
    assert recorded.recorded_at.utcoffset() is not None


def test_one_append_is_for_one_provider(database: Engine):
    ours, theirs = uuid7(), uuid7()
    with unit_of_work(database, Scope.EVERYTHING) as unit:
        begin(unit, ours, provider_id=PROVIDER)
        begin(unit, theirs, provider_id=OTHER_PROVIDER)
        with pytest.raises(ValueError, match="one provider"):
            unit.commit(ORIGIN)
    assert size(database) == 0


@pytest.mark.parametrize(("partition", "events"), [(0, "[]"), (8, "[{}]")])
def test_the_database_appends_neither_nothing_nor_where_no_partition_is(
    database: Engine, partition: int, events: str
):
    with database.connect() as connection, pytest.raises(DBAPIError, match="no partition"):
        connection.execute(text(f"SELECT eventlog.append({partition}::smallint, '{events}')"))
