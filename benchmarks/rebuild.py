"""Rebuild, live fold, resync and dashboard over logs of several sizes, beside a limit and a peer."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from benchmarks import servers
from benchmarks.history import PARTITIONS, fill, provider_in
from benchmarks.pyes_projection import PROJECTED, project
from benchmarks.rebuilder import know_everybody
from services.portal_read.projection import PORTAL
from services.portal_read.queries import overview
from services.portal_read.view import View
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.projections.history import Owner
from shared.projections.renewal import renew

REPETITIONS = 5
TINY, SMALL, LARGE = 10_000, 100_000, 1_000_000
EVENTS_A_COMPANY = 1_000
RESYNCS = (100, 1_000, 10_000)
TIMES = 60


def run() -> list[dict[str, Any]]:
    """Medians of five rounds in which the contenders take turns."""
    rows: list[dict[str, Any]] = []
    peaks, dashboards = {}, {}
    with servers.database() as tiny:
        dashboards[TINY] = _dashboard(tiny, prepare(tiny, companies=TINY // EVENTS_A_COMPANY, events=TINY))
    with servers.database() as small, servers.database() as large:
        for url, size in ((small, SMALL), (large, LARGE)):
            companies = prepare(url, companies=size // EVENTS_A_COMPANY, events=size)
            measured = _rounds(url, ("ours", "limit"))
            rows += _rates(f"rebuild of {size:,} events, one worker", "ours", measured)
            peaks[size] = statistics.median(each["peak_kib"] for each in measured["ours"]) / 1024
            dashboards[size] = _dashboard(url, companies)
        rows += _rates(f"live fold of {SMALL:,} events", "live", _rounds(small, ("live", "limit")))
    rows.append(_growth("peak memory of a rebuild", "MiB", peaks, SMALL))
    rows += [_growth("dashboard, in the service, median", "ms", dashboards, size) for size in (TINY, SMALL)]
    rows += _resyncs()
    with servers.database() as url:
        rows.append(_beside_pyes(rows[0]["value"], project(url)))
    return rows


def prepare(url: str, *, companies: int, events: int) -> list[UUID]:
    """A history in an empty database, folded as far as checkpoints say; returns the ids of its companies."""
    engine = connect(url, name="benchmark")
    upgrade(engine)
    made = fill(url, companies=companies, events=events)
    know_everybody(engine)
    engine.dispose()
    return made


def _rounds(url: str, contenders: tuple[str, ...]) -> dict[str, list[dict[str, float]]]:
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    for _ in range(REPETITIONS):
        for name in contenders:
            command = [sys.executable, "-m", "benchmarks.rebuilder", name, url]
            ran = subprocess.run(command, env=os.environ, check=True, stdout=subprocess.PIPE, text=True)
            runs[name].append(json.loads(ran.stdout.splitlines()[-1]))
    return runs


def _rates(what: str, name: str, runs: dict[str, list[dict[str, float]]]) -> Iterator[dict[str, Any]]:
    rates = {
        contender: statistics.median(each["events"] / each["seconds"] for each in results)
        for contender, results in runs.items()
    }
    peer = f"COPY out, orjson, dict fold: {rates['limit']:,.0f}"
    yield _row(what, rates[name], "events/s", peer, rates[name] / rates["limit"])


def _growth(what: str, unit: str, values: dict[int, float], size: int) -> dict[str, Any]:
    """The value at the large size, beside that at a smaller one."""
    peer = f"at {size:,} events: {values[size]:,.1f}"
    return _row(f"{what} at {LARGE:,} events", values[LARGE], unit, peer, values[LARGE] / values[size])


def _dashboard(url: str, companies: list[UUID]) -> float:
    """Milliseconds that the service needs for one company's start page, once its rows are built."""
    engine = connect(url, name="benchmark")
    partitions = list(enumerate(companies[:PARTITIONS]))
    for number, company in partitions:
        renew(engine, PORTAL, Owner(company, provider_in(number)))
    times = [
        _timed(partial(_show, engine, number, company)) * 1_000
        for _ in range(TIMES)
        for number, company in partitions
    ]
    engine.dispose()
    return statistics.median(times)


def _show(engine: Engine, partition: int, company: UUID) -> None:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        view = View(connection, provider_id=provider_in(partition), company_id=company, now=datetime.now(UTC))
        overview.start_page(view)


def _resyncs() -> Iterator[dict[str, Any]]:
    for size in RESYNCS:
        with servers.database() as url:
            [company] = prepare(url, companies=1, events=size)
            engine = connect(url, name="benchmark")
            owner = Owner(company, provider_in(0))
            again = partial(renew, engine, PORTAL, owner)
            times = sorted(_timed(again) * 1_000 for _ in range(TIMES))
            engine.dispose()
        yield _row(
            f"resync of a company with {size:,} events, p99",
            times[int(TIMES * 0.99) - 1],
            "ms",
            f"its median: {statistics.median(times):,.1f}",
            times[int(TIMES * 0.99) - 1] / statistics.median(times),
        )


def _beside_pyes(ours: float, theirs: float) -> dict[str, Any]:
    peer = f"pyeventsourcing's projection runner, {PROJECTED:,} events: {theirs:,.0f}"
    return _row(f"rebuild of {SMALL:,} events, one worker", ours, "events/s", peer, ours / theirs)


def _row(name: str, value: float, unit: str, peer: str, ratio: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 1), "unit": unit, "peer": peer, "ratio": round(ratio, 2)}


def _timed(call: Callable[[], object]) -> float:
    before = time.perf_counter()
    call()
    return time.perf_counter() - before
