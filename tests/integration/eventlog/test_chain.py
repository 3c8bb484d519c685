"""Each event of a stream carries a hash over all of it and over the hash of the one before."""

import json
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from shared.contracts.position import Position
from shared.database.migrate import upgrade
from shared.eventlog import log
from shared.eventlog.chain import Link
from shared.eventlog.log import New, Origin
from shared.eventlog.reading import Selection
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.integration.eventlog.given import (
    COMPANY,
    ORIGIN,
    PROVIDER,
    begin,
    commit_as_once,
    register,
    registered,
    rename,
    updated,
)
from tests.integration.eventlog.tampering import (
    change,
    found,
    hash_anew,
    link,
    put_in,
    remove,
    tampering,
)

PARTITION = PROVIDER.int % 8
ODD = 'Größe "\\\b\f\n\r\t\u2028 👩‍🔧'
FIELDS = {
    "payload": """payload = '{"name": "Forged"}'""",
    "event_id": "event_id = gen_random_uuid()",
    "stream_type": "stream_type = 'site'",
    "type": "type = 'company_registered'",
    "schema_version": "schema_version = 2",
    "provider_id": "provider_id = gen_random_uuid()",
    "company_id": "company_id = NULL",
    "correlation_id": "correlation_id = gen_random_uuid()",
    "causation_id": "causation_id = gen_random_uuid()",
    "actor": "actor = '{}'",
    "command_id": "command_id = 'null'",
    "recorded_at": "recorded_at = recorded_at + interval '1 microsecond'",
    "hash": "hash = sha256(hash)",
    "previous_hash": "previous_hash = sha256(hash)",
}


def as_stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        stored = text(
            "SELECT to_jsonb(e) - 'hash' - 'previous_hash' FROM eventlog.events AS e ORDER BY position"
        )
        return list(connection.execute(stored).scalars())


def at(position: int) -> Position:
    return Position(PARTITION, position)


@pytest.fixture
def company(database: Engine) -> UUID:
    """Positions 1 to 4: four events of one company; 5 and 6: two of another one."""
    company_id = register(database)
    for name in ("second", "third", "fourth"):
        rename(database, company_id, name)
    rename(database, register(database), "other")
    return company_id


def links(engine: Engine, *positions: int) -> list[Link]:
    with engine.connect() as connection:
        return [link(connection, at(position)) for position in positions]


def test_a_hash_is_over_the_hash_before_and_all_that_is_recorded(database: Engine):
    company_id = UUID("0195a1b2-0000-7000-8000-00000000c001")
    payload = {"company_id": str(company_id), "number": None, "name": "Bäckerei Öztürk"}
    register(database, company_id=company_id)
    with tampering(database) as connection:
        change(connection, at(1), "event_id = :id, recorded_at = '2026-11-24 12:00:00.25+01'", id=UUID(int=7))
        change(connection, at(1), "payload = CAST(:payload AS jsonb)", payload=json.dumps(payload))
        hash_anew(connection, at(1))
    [first] = links(database, 1)
    assert first.text == (
        '{"partition" : 1, "position" : 1, "event_id" : "00000000-0000-0000-0000-000000000007", '
        '"stream_type" : "company", "stream_id" : "0195a1b2-0000-7000-8000-00000000c001", "version" : 1, '
        '"type" : "company_registered", "schema_version" : 1, '
        '"provider_id" : "0195a1b2-0000-7000-8000-0000000000a1", '
        '"company_id" : "0195a1b2-0000-7000-8000-00000000c001", "payload" : {"name": "Bäckerei Öztürk", '
        '"number": null, "company_id": "0195a1b2-0000-7000-8000-00000000c001"}, '
        '"correlation_id" : "0195a1b2-0000-7000-8000-00000000c0de", '
        '"causation_id" : "0195a1b2-0000-7000-8000-00000000ca05", '
        '"actor" : {"kind": "staff", "name": "Jörg Müßig"}, "command_id" : null, '
        '"recorded_at" : "2026-11-24T11:00:00.250000Z"}'
    )
    genesis = sha256(b"mfr-portal/company/0195a1b2-0000-7000-8000-00000000c001").digest()
    assert first.hash == sha256(genesis + first.text.encode()).digest()


def test_what_the_database_hashes_at_append_is_what_verification_computes(database: Engine):
    origin = Origin(uuid7(), uuid7(), {"kind": ODD, "n": 1.50, "": [None, True]}, command_id=ODD + "\x01\x7f")
    company_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        begin(unit, company_id)
        unit.commit(origin)
    rename(database, company_id, "Größe  \U0001f469 \\u0000 \"'")
    first, second = links(database, 1, 2)
    assert (first.is_whole, second.is_whole) == (True, True)
    assert second.previous_hash == first.hash
    assert found(database) == []


def test_events_appended_together_follow_each_other(database: Engine):
    company_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        begin(unit, company_id)
        for name in ("second", "third"):
            unit._streams[0].decide(lambda names, name=name: updated(company_id, name=name))
        unit.commit(ORIGIN)
    first, second, third = links(database, 1, 2, 3)
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert found(database) == []


def test_nothing_can_be_appended_behind_a_gap(database: Engine, company: UUID):
    new = New(COMPANY.name, company, 6, PROVIDER, company, updated(company))
    with database.begin() as connection, pytest.raises(DBAPIError, match="no version 5"):
        log.append(connection, ORIGIN, [new])


def test_a_whole_log_has_no_findings(database: Engine, company: UUID):
    assert found(database) == []
    assert found(database, Selection(company_id=company)) == []
    assert found(database, Selection(first=at(3))) == []


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_was_changed_of_an_event_is_found_and_nothing_else(database: Engine, company: UUID, field):
    with tampering(database) as connection:
        change(connection, at(2), FIELDS[field])
    assert found(database) == [("changed", f"{PARTITION}:2")]


def test_an_event_that_was_removed_is_found(database: Engine, company: UUID):
    with tampering(database) as connection:
        remove(connection, at(2))
    assert found(database) == [("removed", f"{PARTITION}:2")]


def test_the_first_and_the_last_event_of_a_stream_are_missed_too(database: Engine, company: UUID):
    with tampering(database) as connection:
        remove(connection, at(1))
        remove(connection, at(4))
    assert found(database) == [("removed", f"{PARTITION}:1"), ("removed", f"{PARTITION}:4")]


def test_the_end_of_the_log_is_missed(database: Engine, company: UUID):
    with tampering(database) as connection:
        remove(connection, at(5))
        remove(connection, at(6))
    assert found(database) == [("removed", f"{PARTITION}:5 to {PARTITION}:6")]


def test_the_end_of_the_log_is_missed_also_with_the_counter_set_back_if_it_was_published(
    database: Engine, company: UUID
):
    with tampering(database) as connection:
        connection.execute(
            text("UPDATE eventlog.relay SET position = 6 WHERE partition = :p"), {"p": PARTITION}
        )
        connection.execute(
            text("UPDATE eventlog.partitions SET head = 5 WHERE partition = :p"), {"p": PARTITION}
        )
        remove(connection, at(6))
    assert found(database) == [("removed", f"{PARTITION}:6")]


@pytest.mark.parametrize(("one", "other"), [(2, 3), (3, 6)])
def test_two_events_that_had_their_payloads_swapped_are_found(database: Engine, company: UUID, one, other):
    first, second = links(database, one, other)
    with tampering(database) as connection:
        for place, value in ((first, second), (second, first)):
            change(connection, place.at, "payload = CAST(:value AS jsonb)", value=value.fields["payload"])
    assert found(database) == [("swapped", f"{PARTITION}:{one}"), ("swapped", f"{PARTITION}:{other}")]


@pytest.mark.parametrize("field", ["version", "position"])
def test_two_events_of_a_stream_that_changed_places_are_found(database: Engine, company: UUID, field):
    with tampering(database) as connection:
        second, third, aside = 2, 3, 99
        for old, new in ((second, aside), (third, second), (aside, third)):
            connection.execute(
                text(f"UPDATE eventlog.events SET {field} = :new WHERE stream_id = :id AND {field} = :old"),
                {"new": new, "old": old, "id": company},
            )
    assert found(database) == [("swapped", f"{PARTITION}:2"), ("swapped", f"{PARTITION}:3")]


def test_an_event_that_was_replaced_by_a_forged_one_with_a_right_hash_is_found(
    database: Engine, company: UUID
):
    with tampering(database) as connection:
        change(connection, at(2), "payload = '{}'")
        hash_anew(connection, at(2))
    assert found(database) == [("inserted", f"{PARTITION}:2")]


def test_an_event_that_was_put_between_others_is_found_and_those_that_made_way_for_it(
    database: Engine, company: UUID
):
    with tampering(database) as connection:
        for position, version in ((4, 5), (3, 4)):
            change(connection, at(position), "version = :version", version=version)
        put_in(connection, at(2), position=7, version=3)
        connection.execute(
            text("UPDATE eventlog.partitions SET head = 7 WHERE partition = :p"), {"p": PARTITION}
        )
    assert found(database) == [
        ("changed", f"{PARTITION}:3"),
        ("changed", f"{PARTITION}:4"),
        ("inserted", f"{PARTITION}:7"),
    ]


def test_an_event_behind_the_counter_is_found(database: Engine, company: UUID):
    with tampering(database) as connection:
        put_in(connection, at(4), position=7, version=5)
    assert found(database) == [("inserted", f"{PARTITION}:7")]


def test_a_version_that_is_missing_is_found_also_where_no_position_is(database: Engine, company: UUID):
    with tampering(database) as connection:
        change(connection, at(2), "version = 9")
    assert ("changed", f"{PARTITION}:2") in found(database)
    assert ("removed", f"version 2 of company {company}") in found(database)


def test_one_company_can_be_verified_alone(database: Engine, company: UUID):
    with tampering(database) as connection:
        change(connection, at(3), "payload = '{}'")
        change(connection, at(6), "payload = '{}'")
    assert found(database, Selection(company_id=company)) == [("changed", f"{PARTITION}:3")]
    assert found(database, Selection(first=at(4))) == [("changed", f"{PARTITION}:6")]


def test_events_from_before_the_chain_are_chained_and_stay_as_they_were(empty: Engine):
    upgrade(empty, to="eventlog_003")
    ids = [uuid7() for _ in range(3)]
    with unit_of_work(empty, Scope(PROVIDER)) as unit:
        for company_id in ids:
            stream = unit.new(COMPANY, company_id, provider_id=PROVIDER, company_id=company_id)
            stream.create(registered, company_id=company_id)
            stream.decide(lambda _, company_id=company_id: [updated(company_id), updated(company_id)])
        commit_as_once(unit)
    before = as_stored(empty)
    upgrade(empty)
    upgrade(empty)
    assert as_stored(empty) == before
    rename(empty, ids[0], "later")
    assert found(empty) == []
    with empty.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text("UPDATE eventlog.events SET hash = NULL"))
