"""Searching 100,000 companies as the service does, beside a look-up of 50 rows by primary key."""

import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select

from benchmarks import many_companies, servers
from services.customers import queries
from services.customers.tables import companies
from shared.contracts import cursor as cursors
from shared.contracts.codec import to_plain
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Unit, unit_of_work

COMPANIES = 100_000
ROUNDS = 60
WARM_UP = 5
LIMIT_MS = 20
PEER = f"{cursors.PAGE} rows by primary key"
SEARCHES = {
    "none, the first page": None,
    "one letter, in most companies: e": "e",
    "one letter, common: m": "m",
    "one letter, at the end of the list: z": "z",
    "a word of most companies: gmbh": "gmbh",
    "a family: müller": "müller",
    "words of late names only: weingut": "weingut",
    "two words, one common: Mueller GmbH": "Mueller GmbH",
    "two words, both common: zoe ag": "zoe ag",
    "two words that no company has both of: gbr gmbh": "gbr gmbh",
    "an address: joerg.huber@example.com": "joerg.huber@example.com",
    "a number: K-4711": "K-4711",
}


def run() -> list[dict[str, Any]]:
    """Medians in milliseconds; `ratio` is against the look-up. Taken in turns, on one connection."""
    with servers.database() as url:
        engine = connect(url, name="benchmark of search", pool_size=1)
        upgrade(engine)
        many_companies.load(url, COMPANIES)
        readings: dict[str, Callable[[Unit], Any]] = {PEER: _look_up(engine)}
        readings |= {name: _search(words) for name, words in SEARCHES.items()}
        medians = _measure(engine, readings)
        engine.dispose()
        return _rows(medians)


def _search(words: str | None) -> Callable[[Unit], Any]:
    return lambda unit: to_plain(queries.companies(unit, many_companies.PROVIDER, words=words, cursor=None))


def _look_up(engine: Engine) -> Callable[[Unit], Any]:
    """A page of rows that lie anywhere in the table."""
    with engine.connect() as connection:
        ids: list[UUID] = list(connection.execute(select(companies.c.company_id)).scalars())
    page = ids[:: len(ids) // cursors.PAGE][: cursors.PAGE]
    statement = select(companies).where(companies.c.company_id.in_(page))
    return lambda unit: [to_plain(dict(row)) for row in unit.connection.execute(statement).mappings()]


def _measure(engine: Engine, readings: dict[str, Callable[[Unit], Any]]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in readings}
    for _ in range(WARM_UP + ROUNDS):
        for name, reading in readings.items():
            start = time.perf_counter()
            with unit_of_work(engine, Scope(many_companies.PROVIDER)) as unit:
                reading(unit)
            times[name].append((time.perf_counter() - start) * 1_000)
    return {name: statistics.median(each[WARM_UP:]) for name, each in times.items()}


def _rows(medians: dict[str, float]) -> list[dict[str, Any]]:
    limit = medians.pop(PEER)
    return [
        {
            "name": f"search of {COMPANIES:,} companies: {name} (limit {LIMIT_MS} ms)",
            "value": round(value, 2),
            "unit": "ms",
            "peer": f"{PEER}: {limit:.2f}",
            "ratio": round(value / limit, 2),
        }
        for name, value in medians.items()
    ]
