"""Appending to the log beside pyeventsourcing and beside plain inserts, on one PostgreSQL."""

import statistics
from typing import Any

from benchmarks import servers
from benchmarks.contenders import (
    Inserts,
    Portal,
    PortalOfOneProvider,
    PyEventsourcing,
    PyEventsourcingFunctions,
)
from benchmarks.crew import Contender, Crew, Shape

SHAPES = (Shape(1, 1), Shape(1, 8), Shape(8, 1))
CONTENDERS: tuple[type[Contender], ...] = (
    Portal,
    PyEventsourcing,
    Inserts,
    PortalOfOneProvider,
    PyEventsourcingFunctions,
)
OPERATIONS = {"create": "new stream", "change": "load, decide, append"}
REPETITIONS = 5
EVENTS = 480


def run() -> list[dict[str, Any]]:
    """Rows of events a second: the medians of repetitions in which the contenders take turns."""
    with servers.database() as url:
        for contender in CONTENDERS:
            if contender is not PortalOfOneProvider:
                contender.set_up(url)
        return [row for shape in SHAPES for row in _rows(shape, _measure(url, shape))]


def _measure(url: str, shape: Shape) -> dict[tuple[str, str], float]:
    """Contender and operation → median of events a second."""
    crews = {contender.name: Crew(contender, url, shape) for contender in CONTENDERS}
    rates: dict[tuple[str, str], list[float]] = {(name, o): [] for name in crews for o in OPERATIONS}
    count = EVENTS // shape.clients
    for repetition in range(REPETITIONS + 1):
        for name, crew in crews.items():
            for operation in OPERATIONS:
                rate = crew.create(count) if operation == "create" else crew.change(count)
                # The first round fills caches and prepares statements.
                if repetition:
                    rates[name, operation].append(rate)
    for crew in crews.values():
        crew.dismiss()
    return {key: statistics.median(values) for key, values in rates.items()}


def _rows(shape: Shape, medians: dict[tuple[str, str], float]) -> list[dict[str, Any]]:
    rows = []
    for operation, label in OPERATIONS.items():
        ours = medians[Portal.name, operation]
        for contender in CONTENDERS[1:]:
            if contender is PortalOfOneProvider and shape.clients == 1:
                continue
            theirs = medians[contender.name, operation]
            rows.append(
                {
                    "name": f"{label}, {shape}",
                    "value": round(ours, 1),
                    "unit": "events/s",
                    "peer": f"{contender.name}: {theirs:,.0f}",
                    "ratio": round(ours / theirs, 2),
                }
            )
    return rows
