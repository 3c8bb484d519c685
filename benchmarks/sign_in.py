"""The check of a sign-in that is refused: an address that nobody has, beside a wrong password."""

import statistics
import time
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from benchmarks import servers
from services.invitation import accounts, passwords
from shared.contracts.values import CallerKind
from shared.database.engine import connect
from shared.database.migrate import upgrade

ACCOUNTS = 1_000
ROUNDS = 201
WARM_UP = 5
WRONG = "Neun Brezen am Morgen"
KNOWN, UNKNOWN = "wrong password", "unknown address"


def run() -> list[dict[str, Any]]:
    """Medians in milliseconds, taken in turns; a `ratio` of 1 tells nobody which addresses have accounts."""
    with servers.database() as url:
        engine = connect(url, name="benchmark of sign-in", pool_size=1)
        upgrade(engine)
        addresses = _fill(engine)
        times: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
        for number in range(WARM_UP + ROUNDS):
            asked = {KNOWN: addresses[number], UNKNOWN: f"{uuid4()}@example.com"}
            for name, address in asked.items():
                took = _refused(engine, address)
                if number >= WARM_UP:
                    times[name].append(took)
        engine.dispose()
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    return [
        {
            "name": UNKNOWN,
            "value": round(medians[UNKNOWN], 2),
            "unit": "ms",
            "peer": f"{KNOWN}: {medians[KNOWN]:.2f} ms",
            "ratio": round(medians[UNKNOWN] / medians[KNOWN], 3),
        }
    ]


def _fill(engine: Engine) -> list[str]:
    """The addresses of new accounts."""
    addresses = [f"{uuid4()}@example.com" for _ in range(ACCOUNTS)]
    kept = passwords.hashed("Sieben Falter am Abend")
    with engine.begin() as connection:
        for address in addresses:
            account = {"account_id": uuid7(), "kind": CallerKind.STAFF, "provider_id": uuid7()}
            accounts.add(connection, {**account, "email": address, "password_hash": kept})
    return addresses


def _refused(engine: Engine, address: str) -> float:
    started = time.perf_counter()
    if accounts.verified(engine, accounts.has_address(address), WRONG):
        raise AssertionError("nobody has this password")
    return (time.perf_counter() - started) * 1_000
