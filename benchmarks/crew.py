"""Clients that do the same work at the same time, spread over processes and threads."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Protocol
from uuid import UUID


class Contender(Protocol):
    """One way to do the work. An instance serves one process, with a session for each of its threads."""

    name: str

    def __init__(self, url: str, sessions: int) -> None:
        """Connect `sessions` times."""

    @staticmethod
    def set_up(url: str) -> None:
        """Make the tables."""

    def create(self, client: int) -> UUID:
        """Append the first event of a new stream."""

    def change(self, client: int, stream_id: UUID) -> None:
        """Load a stream, decide, and append one more event."""


@dataclass(frozen=True)
class Shape:
    """How many clients there are, and where they run."""

    processes: int
    threads: int

    @property
    def clients(self) -> int:
        return self.processes * self.threads

    def __str__(self) -> str:
        if self.clients == 1:
            return "1 client"
        return f"{self.clients} clients as {'threads' if self.threads > 1 else 'processes'}"


class Crew:
    """The clients of one contender, ready to work."""

    def __init__(self, contender: type[Contender], url: str, shape: Shape) -> None:
        context = get_context("spawn")
        self._shape = shape
        self._lines: list[Connection] = []
        for number in range(shape.processes):
            line, far_end = context.Pipe()
            first_client = number * shape.threads
            work = (far_end, contender, url, range(first_client, first_client + shape.threads))
            context.Process(target=_work, args=work, daemon=True).start()
            self._lines.append(line)
        self._hear()

    def create(self, count: int) -> float:
        """New streams a second, when each client makes `count`."""
        return self._rate("create", count)

    def change(self, count: int) -> float:
        """Loads and appends a second, to each of the `count` streams that each client made last."""
        return self._rate("change", count)

    def dismiss(self) -> None:
        for line in self._lines:
            line.close()

    def _rate(self, operation: str, count: int) -> float:
        for line in self._lines:
            line.send((operation, count))
        times = self._hear()
        elapsed = max(end for _, end in times) - min(start for start, _ in times)
        return self._shape.clients * count / elapsed

    def _hear(self) -> list[tuple[float, float]]:
        return [line.recv() for line in self._lines]


def _work(line: Connection, contender: type[Contender], url: str, clients: range) -> None:
    doing = contender(url, len(clients))
    made: dict[int, list[UUID]] = {}

    def create(client: int, count: int) -> None:
        made[client] = [doing.create(client) for _ in range(count)]

    def change(client: int, count: int) -> None:
        for stream_id in made[client][:count]:
            doing.change(client, stream_id)

    operations = {"create": create, "change": change}
    with ThreadPoolExecutor(len(clients)) as threads:
        line.send((0.0, 0.0))
        while True:
            try:
                operation, count = line.recv()
            except EOFError:
                return
            start = time.monotonic()
            for done in [threads.submit(operations[operation], client, count) for client in clients]:
                done.result()
            line.send((start, time.monotonic()))
