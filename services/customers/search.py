"""Finding companies by the beginnings of their words, page by page in the order of their names."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Table,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
)

from services.customers.tables import companies, search_words
from services.customers.words import wanted
from shared.contracts import cursor as cursors
from shared.contracts.errors import ValidationFailed

# A sort key and the id that tells equal ones apart.
Place = tuple[str, UUID]
MOST_WORDS = 10
# A word that fewer companies have is looked up; where all words are common, the names are gone through.
FEW = 2_000
# How far they are gone through before the words are looked up after all.
NEAR = 500
_BEHIND_ALL_WORDS = "\U0010ffff"
# The best plan for one word is the worst for another, the tables stay in memory, and compiling or a second
# process costs more than it brings.
_PLAN_EACH_TIME = select(
    func.set_config("plan_cache_mode", "force_custom_plan", True),
    func.set_config("random_page_cost", "1.1", True),
    func.set_config("max_parallel_workers_per_gather", "0", True),
    func.set_config("jit", "off", True),
)


def page(
    connection: Connection, provider_id: UUID, *, search: str | None, cursor: str | None
) -> Sequence[Row[Any]]:
    """A page of the provider's companies and one more, each with its `sort_key`. Raises ValidationFailed."""
    behind = cursors.decode(cursor, 2)
    place = (behind[0], cursors.as_id(behind[1])) if behind else None
    listed = _behind(place, companies, select(companies).where(companies.c.provider_id == provider_id))
    if not search:
        return connection.execute(_first(listed)).all()
    connection.execute(_PLAN_EACH_TIME)
    counted = sorted((_count(connection, provider_id, prefix), prefix) for prefix in _prefixes(search))
    if not counted:
        return []
    prefixes = [prefix for _, prefix in counted]
    if counted[0][0] == FEW and len(found := _near(connection, listed, prefixes)) > cursors.PAGE:
        return found
    return _having(connection, provider_id, place, prefixes)


def _prefixes(search: str) -> list[str]:
    """The folded words to look for; one that another begins with says nothing more."""
    prefixes = sorted(wanted(search), reverse=True)
    if len(prefixes) > MOST_WORDS:
        raise ValidationFailed({"search": [f"At most {MOST_WORDS} words can be searched for at once."]})
    longest: list[str] = []
    for word in prefixes:
        if not longest or not longest[-1].startswith(word):
            longest.append(word)
    return longest


def _count(connection: Connection, provider_id: UUID, prefix: str) -> int:
    """How often the prefix is there, counted to FEW."""
    some = _word(provider_id, prefix).limit(FEW).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _near(connection: Connection, listed: Select[Any], prefixes: Sequence[str]) -> Sequence[Row[Any]]:
    """Those of the next names that match, found by looking at each."""
    near = _in_order(listed).limit(NEAR).subquery()
    found: FromClause = near
    for prefix in prefixes:
        of_company = search_words.c.company_id == near.c.company_id
        probe = select(literal(1)).where(of_company, _begins_with(search_words, prefix)).limit(1).lateral()
        found = found.join(probe, true())
    return connection.execute(_first(select(near).select_from(found))).all()


def _having(
    connection: Connection, provider_id: UUID, place: Place | None, prefixes: Sequence[str]
) -> Sequence[Row[Any]]:
    """The first of all that match, found by their words alone, the rarest first."""
    rarest, *others = prefixes
    matching = _behind(place, search_words, _word(provider_id, rarest))
    for prefix in others:
        other = search_words.alias()
        same = other.c.company_id == search_words.c.company_id
        of_provider = other.c.provider_id == provider_id
        matching = matching.where(exists().where(same, of_provider, _begins_with(other, prefix)))
    found = _first(matching.distinct()).subquery()
    same = found.c.company_id == companies.c.company_id
    return connection.execute(_in_order(select(companies).join(found, same))).all()


def _behind(place: Place | None, table: Table, statement: Select[Any]) -> Select[Any]:
    if place is None:
        return statement
    return statement.where(tuple_(table.c.sort_key, table.c.company_id) > tuple_(*place))


def _first(statement: Select[Any]) -> Select[Any]:
    return _in_order(statement).limit(cursors.PAGE + 1)


def _in_order(statement: Select[Any]) -> Select[Any]:
    selected = statement.selected_columns
    return statement.order_by(selected.sort_key, selected.company_id)


def _word(provider_id: UUID, prefix: str) -> Select[Any]:
    """The companies that have a word with this beginning; several times, if they have several."""
    of_provider = search_words.c.provider_id == provider_id
    words = select(search_words.c.company_id, search_words.c.sort_key)
    return words.where(of_provider, _begins_with(search_words, prefix))


def _begins_with(table: FromClause, prefix: str) -> ColumnElement[bool]:
    return table.c.word.between(prefix, prefix + _BEHIND_ALL_WORDS)
