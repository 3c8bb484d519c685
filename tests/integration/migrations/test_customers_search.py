"""Companies that were there before they could be searched for are found, as their events leave them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from services.customers import domain, lists, places
from shared.contracts.declare import Event
from shared.contracts.stream import StreamType
from shared.database.migrate import upgrade
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Stream, Unit, unit_of_work
from tests.integration.eventlog.given import ORIGIN, PROVIDER, commit_as_once

POST, KRONE, ANNA, BERND, SITE, DEVICE = (UUID(int=number) for number in range(1, 7))
PERSON = {"first_name": "Zoë", "last_name": "Öztürk", "email": "zoe@example.com", "phone": None}
TABLES = ("companies", "company_numbers", "contacts", "search_words", "sites", "equipment")
ROWS_FROM_BEFORE = (
    "INSERT INTO customers.companies VALUES (:post, :provider, 'Hotel Müller')",
    "INSERT INTO customers.sites VALUES (:site, :post)",
    "INSERT INTO customers.equipment VALUES (:device, :post)",
)


@pytest.fixture
def from_before(empty: Engine) -> Engine:
    """A database as the first version of the service left it."""
    upgrade(empty, to="eventlog@heads")
    upgrade(empty, to="customers_001")
    ids = {"post": POST, "site": SITE, "device": DEVICE, "provider": PROVIDER}
    with unit_of_work(empty, Scope.EVERYTHING) as unit:
        history(unit)
        for statement in ROWS_FROM_BEFORE:
            unit.connection.execute(text(statement), ids)
        commit_as_once(unit)
    return empty


@pytest.fixture
def as_of_now(database: Engine) -> Engine:
    """The same, as the service of now leaves it."""
    with unit_of_work(database, Scope.EVERYTHING) as unit:
        lists.follow(unit.connection, PROVIDER, None, history(unit))
        lists.add_site(unit.connection, SITE, company_id=POST)
        lists.add_equipment(unit.connection, DEVICE, site_id=SITE, company_id=POST)
        unit.commit(ORIGIN)
    return database


def history(unit: Unit) -> domain.Company:
    """A company that was renamed, with one contact left of two, a site and a device."""
    company = register(unit, POST, "Gasthof zur Post")
    for contact_id in (ANNA, BERND):
        company.decide(domain.add_contact, contact_id=contact_id, **PERSON)
    company.decide(domain.update_company, name="Hotel Müller")
    company.decide(domain.update_contact, contact_id=ANNA, last_name="Weiß", email=None)
    company.decide(domain.remove_contact, contact_id=BERND)
    added = places.add_site(SITE, company_id=POST, name="Süd", address="Hof 1", latitude=None, longitude=None)
    site = begin(unit, places.SITE, SITE, added).state
    begin(unit, places.EQUIPMENT, DEVICE, places.add_equipment(DEVICE, site=site, name="Kessel"))
    return company.state


def register(unit: Unit, company_id: UUID, name: str) -> Stream[domain.Company]:
    event = domain.register_company(company_id, name=name, number="K-17")
    return begin(unit, domain.COMPANY, company_id, event, company_id)


def begin(
    unit: Unit, kind: StreamType[Any], stream_id: UUID, event: Event, company_id: UUID = POST
) -> Stream[Any]:
    stream = unit.new(kind, stream_id, provider_id=PROVIDER, company_id=company_id)
    stream.create(lambda: event)
    return stream


def rows(database: Engine) -> dict[str, list[dict[str, Any]]]:
    with database.connect() as connection:
        return {table: _rows(connection, table) for table in TABLES}


def _rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    found = connection.execute(text(f"SELECT * FROM customers.{table}")).mappings()
    return sorted(map(dict, found), key=lambda row: str(sorted(row.items())))


def test_the_tables_are_filled_with_what_the_service_of_now_would_have_written(
    from_before: Engine, as_of_now: Engine
):
    upgrade(from_before)
    expected = rows(as_of_now)
    assert all(expected.values())
    assert rows(from_before) == expected


def test_a_number_that_two_companies_have_is_kept_by_the_first(from_before: Engine):
    with unit_of_work(from_before, Scope.EVERYTHING) as unit:
        register(unit, KRONE, "Krone")
        old_row = text("INSERT INTO customers.companies VALUES (:krone, :provider, 'Krone')")
        unit.connection.execute(old_row, {"krone": KRONE, "provider": PROVIDER})
        commit_as_once(unit)
    upgrade(from_before)
    after = rows(from_before)
    assert [row["company_id"] for row in after["company_numbers"]] == [POST]
    assert [row["number"] for row in after["companies"]] == ["K-17", "K-17"]
