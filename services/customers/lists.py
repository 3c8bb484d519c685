"""Keeps the tables of `customers` true to what is decided, in the transaction that appends it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects.postgresql import insert

from services.customers.domain import Company, Contact
from services.customers.tables import companies, company_numbers, contacts, equipment, search_words, sites
from services.customers.words import sort_key, words
from shared.contracts.errors import Conflict


def follow(connection: Connection, provider_id: UUID, before: Company | None, after: Company) -> None:
    """Take a company's rows from what it was, or nothing, to what it is.

    Raises Conflict when another company of the provider has its number.
    """
    row = {"name": after.name, "number": after.number, "sort_key": sort_key(after.name)}
    if before is None:
        owner = {"company_id": after.id, "provider_id": provider_id}
        connection.execute(companies.insert().values(**owner, **row))
    elif (before.name, before.number) != (after.name, after.number):
        connection.execute(companies.update().where(companies.c.company_id == after.id).values(**row))
    _follow_number(connection, provider_id, before, after)
    _follow_contacts(connection, before, after)
    _follow_words(connection, provider_id, before, after)


def company_of(connection: Connection, contact_id: UUID) -> UUID | None:
    """The company that has this contact."""
    statement = select(contacts.c.company_id).where(contacts.c.contact_id == contact_id)
    return connection.execute(statement).scalar_one_or_none()


def forget_words(connection: Connection, company: Company) -> None:
    """Have a company be found by nothing but what it is now, whatever it was."""
    stale = search_words.c.word.not_in(search_words_of(company))
    connection.execute(delete(search_words).where(search_words.c.company_id == company.id, stale))


def add_site(connection: Connection, site_id: UUID, *, company_id: UUID) -> None:
    connection.execute(sites.insert().values(site_id=site_id, company_id=company_id))


def remove_site(connection: Connection, site_id: UUID) -> None:
    _remove(connection, sites, site_id=site_id)


def add_equipment(connection: Connection, equipment_id: UUID, *, site_id: UUID, company_id: UUID) -> None:
    connection.execute(
        equipment.insert().values(equipment_id=equipment_id, site_id=site_id, company_id=company_id)
    )


def remove_equipment(connection: Connection, equipment_id: UUID) -> None:
    _remove(connection, equipment, equipment_id=equipment_id)


def equipment_at(connection: Connection, site_id: UUID) -> Sequence[UUID]:
    statement = select(equipment.c.equipment_id).where(equipment.c.site_id == site_id)
    return connection.execute(statement.order_by(equipment.c.equipment_id)).scalars().all()


def search_words_of(company: Company | None) -> set[str]:
    """The words that a company is found by."""
    if company is None:
        return set()
    people = company.contacts.values()
    return words([company.name, company.number, *(text for person in people for text in _found_by(person))])


def _found_by(person: Contact) -> Iterable[str | None]:
    return person.first_name, person.last_name, person.email


def _follow_number(connection: Connection, provider_id: UUID, before: Company | None, after: Company) -> None:
    had = before.number if before else None
    if had == after.number:
        return
    if had is not None:
        _remove(connection, company_numbers, provider_id=provider_id, number=had, company_id=after.id)
    if after.number is not None:
        row = {"provider_id": provider_id, "number": after.number, "company_id": after.id}
        taken = insert(company_numbers).values(row).on_conflict_do_nothing().returning(company_numbers)
        if connection.execute(taken).first() is None:
            raise Conflict(
                f"Another company has the number {after.number}; choose another one.", number=after.number
            )


def _follow_contacts(connection: Connection, before: Company | None, after: Company) -> None:
    had: Mapping[UUID, Contact] = before.contacts if before else {}
    for contact_id in had.keys() - after.contacts.keys():
        _remove(connection, contacts, contact_id=contact_id)
    for contact_id in after.contacts.keys() - had.keys():
        connection.execute(contacts.insert().values(contact_id=contact_id, company_id=after.id))


def _follow_words(connection: Connection, provider_id: UUID, before: Company | None, after: Company) -> None:
    had, has = search_words_of(before), search_words_of(after)
    of_company = search_words.c.company_id == after.id
    key = sort_key(after.name)
    if gone := had - has:
        connection.execute(delete(search_words).where(of_company, search_words.c.word.in_(gone)))
    if before is not None and sort_key(before.name) != key:
        connection.execute(search_words.update().where(of_company).values(sort_key=key))
    if new := has - had:
        row = {"company_id": after.id, "provider_id": provider_id, "sort_key": key}
        connection.execute(search_words.insert(), [{**row, "word": word} for word in sorted(new)])


def _remove(connection: Connection, table: Table, **values: Any) -> None:
    connection.execute(delete(table).filter_by(**values))
