"""A command over RPC: load, decide, append, answer; beside pyeventsourcing's load and save."""

import os
import statistics
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks import servers
from benchmarks.contenders import (
    NOTE,
    PyEventsourcing,
    PyEventsourcingFunctions,
)
from benchmarks.crew import Contender, Crew, Shape
from benchmarks.rpc import running
from benchmarks.tenants import settle, submit
from deploy.stack import SERVICES
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.identity.keys import SigningKey
from shared.messaging.client import RpcClient

SHAPES = (Shape(1, 1), Shape(1, 8))
REPETITIONS = 5
EVENTS = 240


class Command:
    """`requests.decline` in a service process of its own; each client is another provider's staff."""

    name = "command over RPC"

    def __init__(self, url: str, sessions: int) -> None:
        self._client = RpcClient(os.environ["AMQP_URI"], name="benchmark")
        key = SigningKey.load(Path(os.environ["PORTAL_KEYS"]), "sessions")
        engine = connect(url, name="benchmark")
        self._tenants = [settle(engine, key) for _ in range(sessions)]
        engine.dispose()

    @staticmethod
    def set_up(url: str) -> None:
        engine = connect(url, name="benchmark")
        upgrade(engine)
        engine.dispose()

    def create(self, client: int) -> UUID:
        tenant = self._tenants[client % len(self._tenants)]
        return UUID(submit(self._client, tenant)["request_id"])

    def change(self, client: int, stream_id: UUID) -> None:
        staff = self._tenants[client % len(self._tenants)].staff
        self._client.call("requests", "decline", auth_token=staff, request_id=stream_id, reason=NOTE)


CONTENDERS: tuple[type[Contender], ...] = (Command, PyEventsourcing, PyEventsourcingFunctions)


def run() -> list[dict[str, Any]]:
    """Commands a second: medians of rounds in which the contenders take turns."""
    with ExitStack() as stack:
        stack.enter_context(servers.broker())
        url = stack.enter_context(servers.database())
        for contender in CONTENDERS:
            contender.set_up(url)
        command = ["shared.messaging.runner", SERVICES["requests"]]
        stack.enter_context(running(command, {"DATABASE_URL": url}))
        return [row for shape in SHAPES for row in _rows(shape, _measure(url, shape))]


def _measure(url: str, shape: Shape) -> dict[str, float]:
    crews = {contender.name: Crew(contender, url, shape) for contender in CONTENDERS}
    rates: dict[str, list[float]] = {name: [] for name in crews}
    count = EVENTS // shape.clients
    for repetition in range(REPETITIONS + 1):
        for name, crew in crews.items():
            crew.create(count)
            rate = crew.change(count)
            # The first round fills caches and prepares statements.
            if repetition:
                rates[name].append(rate)
    for crew in crews.values():
        crew.dismiss()
    return {name: statistics.median(values) for name, values in rates.items()}


def _rows(shape: Shape, medians: dict[str, float]) -> list[dict[str, Any]]:
    ours = medians[Command.name]
    return [
        {
            "name": f"load, decide, append, {shape}: {Command.name}",
            "value": round(ours, 1),
            "unit": "commands/s",
            "peer": f"{contender.name}: {medians[contender.name]:,.0f}",
            "ratio": round(ours / medians[contender.name], 2),
        }
        for contender in CONTENDERS[1:]
    ]
