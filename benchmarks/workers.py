"""The same work by one process and by two: a full rebuild, and commands over RPC."""

import os
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import rebuild, servers
from benchmarks.command import Command
from benchmarks.crew import Crew, Shape
from benchmarks.rpc import running
from deploy.stack import SERVICES
from portalctl.rebuilding import carry_out
from shared.config import Config

EVENTS = 400_000
COMMANDS = 480
CLIENTS = Shape(1, 8)
REPETITIONS = 5


def run() -> list[dict[str, Any]]:
    """Medians of rounds in which one and two take turns; `ratio` is two beside one, on the cores at hand."""
    return [
        _row(f"rebuild of {EVENTS:,} events", "events/s", _rebuilds()),
        _row(f"load, decide, append over RPC, {CLIENTS}", "commands/s", _commands()),
    ]


def _rebuilds() -> dict[int, float]:
    with servers.database() as url:
        rebuild.prepare(url, companies=EVENTS // rebuild.EVENTS_A_COMPANY, events=EVENTS)
        config = Config(database_url=url, amqp_uri="", keys=Path(os.environ["PORTAL_KEYS"]))

        def rate(workers: int) -> float:
            _, seconds = carry_out(config, workers=workers, rate=0, console=Console(quiet=True))
            return EVENTS / seconds

        return _in_turns(rate)


def _commands() -> dict[int, float]:
    with ExitStack() as stack:
        stack.enter_context(servers.broker())
        url = stack.enter_context(servers.database())
        Command.set_up(url)

        def rate(processes: int) -> float:
            with ExitStack() as started:
                for _ in range(processes):
                    service = ["shared.messaging.runner", SERVICES["requests"]]
                    started.enter_context(running(service, {"DATABASE_URL": url}))
                crew = Crew(Command, url, CLIENTS)
                crew.create(COMMANDS // CLIENTS.clients)
                changed = crew.change(COMMANDS // CLIENTS.clients)
                crew.dismiss()
                return changed

        return _in_turns(rate)


def _in_turns(rate: Callable[[int], float]) -> dict[int, float]:
    """The medians for one and for two; the first round fills caches."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    for number in range(REPETITIONS + 1):
        for count, seen in rates.items():
            measured = rate(count)
            if number:
                seen.append(measured)
    return {count: statistics.median(seen) for count, seen in rates.items()}


def _row(what: str, unit: str, medians: dict[int, float]) -> dict[str, Any]:
    return {
        "name": f"{what}, two processes",
        "value": round(medians[2], 1),
        "unit": unit,
        "peer": f"one process: {medians[1]:,.0f}",
        "ratio": round(medians[2] / medians[1], 2),
    }
