"""A command sent twice is done once, and both senders get the same result."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, event, text
from uuid_utils.compat import uuid7

from shared.contracts.errors import Conflict
from shared.eventlog.commands import CommandKey, claim, keep
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.integration.eventlog.given import (
    BOUND_S,
    ORIGIN,
    PROVIDER,
    at_once,
    begin,
    eventually,
    size,
    waiting_for_a_lock,
)

KEY = CommandKey("customers.register_company staff 17", "b0a7")
ARGUMENTS = {"name": "Bäckerei Öztürk", "number": None}


def register_company(
    engine: Engine, key: CommandKey = KEY, arguments: dict[str, object] = ARGUMENTS
) -> object:
    """The whole command: claim, do, keep the result, commit."""
    with unit_of_work(engine, Scope(PROVIDER)) as unit:
        first = claim(unit.connection, key, arguments)
        if first is not None:
            return first
        company_id = uuid7()
        begin(unit, company_id)
        position = unit.append(ORIGIN)
        result = {"company_id": str(company_id), "position": str(position), "note": "größer 👍"}
        keep(unit.connection, key, result)
        unit.close()
        return result


def test_the_same_command_again_gives_the_first_result_and_appends_nothing(database: Engine):
    first = register_company(database)
    assert [register_company(database) for _ in range(3)] == [first] * 3
    assert size(database) == 1


def test_of_twenty_callers_at_once_one_runs_and_all_get_its_result(crowd: Engine):
    results = at_once(20, lambda _: register_company(crowd))
    assert results == [results[0]] * 20
    assert size(crowd) == 1


def test_a_second_caller_waits_for_the_first_and_gets_its_result(database: Engine):
    with ThreadPoolExecutor(1) as threads, database.connect() as watch:
        with unit_of_work(database, Scope(PROVIDER)) as first:
            assert claim(first.connection, KEY, ARGUMENTS) is None
            second = threads.submit(register_company, database)
            eventually(lambda: waiting_for_a_lock(watch) == 1)
            keep(first.connection, KEY, {"company_id": "the first"})
            assert not second.done()
            first.close()
        assert second.result(BOUND_S) == {"company_id": "the first"}
    assert size(database) == 0


def test_a_second_caller_runs_the_command_when_the_first_fails(database: Engine):
    with ThreadPoolExecutor(1) as threads, database.connect() as watch:
        with unit_of_work(database, Scope(PROVIDER)) as first:
            assert claim(first.connection, KEY, ARGUMENTS) is None
            second = threads.submit(register_company, database)
            eventually(lambda: waiting_for_a_lock(watch) == 1)
        assert "company_id" in second.result(BOUND_S)
    assert size(database) == 1


def test_the_same_id_with_other_arguments_is_a_conflict(database: Engine):
    first = register_company(database)
    with pytest.raises(Conflict, match="take a new one"):
        register_company(database, arguments={**ARGUMENTS, "number": "17"})
    assert register_company(database) == first
    assert size(database) == 1


def test_the_order_of_arguments_makes_no_difference(database: Engine):
    first = register_company(database)
    assert register_company(database, arguments=dict(reversed(ARGUMENTS.items()))) == first


def test_the_same_id_of_another_caller_or_method_is_another_command(database: Engine):
    results = [
        register_company(database, CommandKey(scope, KEY.command_id))
        for scope in (
            "customers.register_company staff 17",
            "customers.register_company staff 18",
            "customers.other",
        )
    ]
    assert len({result["company_id"] for result in results}) == 3


def test_a_command_that_is_forgotten_while_it_is_repeated_is_carried_out_anew(database: Engine):
    register_company(database)

    forgotten: list[str] = []

    def forget(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT eventlog.commands") and not forgotten:
            forgotten.append(statement)
            with database.begin() as other:
                other.execute(text("DELETE FROM eventlog.commands"))

    event.listen(database, "before_cursor_execute", forget)
    assert "company_id" in register_company(database)
    assert size(database) == 2


def test_a_failed_command_may_be_sent_again(database: Engine):
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        assert claim(unit.connection, KEY, ARGUMENTS) is None
    assert "company_id" in register_company(database)
