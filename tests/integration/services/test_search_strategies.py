"""Whether words are looked up or names gone through, a search finds the same, in the same order."""

import random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from services.customers import lists, search, words
from services.customers.domain import Company
from shared.contracts import cursor as cursors

FAMILIES = ["Müller", "Mueller", "Maier", "Öztürk", "Zimmermann"]
FORMS = ["GmbH", "AG", "GmbH & Co. KG", ""]
PROVIDER, OTHER = uuid4(), uuid4()


@pytest.fixture
def companies(database: Engine) -> list[Company]:
    """Those of a provider, in the order of their names; another provider has as many."""
    chance = random.Random(7)
    made = []
    with database.begin() as connection:
        for number in range(300):
            for provider_id in (PROVIDER, OTHER):
                name = f"{chance.choice(FAMILIES)} {chance.choice(FORMS)}"
                company = Company(
                    UUID(int=chance.getrandbits(128)), name, f"K-{number % 100}-{number // 100}"
                )
                lists.follow(connection, provider_id, None, company)
                made += [company] if provider_id == PROVIDER else []
    return sorted(made, key=lambda each: (words.sort_key(each.name), each.id))


def found(database: Engine, wanted: str) -> list[UUID]:
    """What a search finds on all its pages."""
    ids: list[UUID] = []
    cursor = None
    with database.connect() as connection:
        while True:
            rows = search.page(connection, PROVIDER, search=wanted, cursor=cursor)
            ids += [row.company_id for row in rows[: cursors.PAGE]]
            if len(rows) <= cursors.PAGE:
                return ids
            last = rows[cursors.PAGE - 1]
            cursor = cursors.encode((last.sort_key, str(last.company_id)))


def expected(companies: list[Company], search: str) -> list[UUID]:
    return [each.id for each in companies if all(_has(each, beginning) for beginning in words.wanted(search))]


def _has(company: Company, beginning: str) -> bool:
    return any(word.startswith(beginning) for word in lists.search_words_of(company))


@pytest.mark.parametrize(("few", "near"), [(10_000, 1), (1, 10_000), (1, 60), (100, 120), (0, 1)])
def test_every_way_of_searching_finds_the_same(database: Engine, companies, monkeypatch, few: int, near: int):
    monkeypatch.setattr(search, "FEW", few)
    monkeypatch.setattr(search, "NEAR", near)
    for wanted in (
        "m",
        "k",
        "z",
        "gmbh",
        "gmbh muller",
        "ag gmbh",
        "k 1",
        "mu ma",
        "kg co gmbh k",
        "öz K-17-2",
        "x",
    ):
        assert found(database, wanted) == expected(companies, wanted)
