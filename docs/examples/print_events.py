"""Prints every event of the portal once and in order, with nothing but pika.

AMQP_URI=amqp://… python print_events.py [STATE_FILE]

The state file keeps the last position handled of each partition, so that a second start goes on from there.
"""
# ruff: noqa: T201

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pika

QUEUE = "example.events"
SERVICES = ("invitation", "customers", "requests", "orders", "documents", "notifications")
# More than the relay has under way at once, so that what is held back never keeps the missing event out.
PREFETCH = 10_000
GAP_PATIENCE_S = 30.0


class Partition:
    """The events of one partition, put back in order by their positions."""

    def __init__(self, number: str, last: int | None) -> None:
        self.number, self.last = number, last
        self._held: dict[int, tuple[int, str]] = {}
        self._waiting_since: float | None = None

    def take(self, position: int, previous: int, tag: int, text: str) -> list[int]:
        """Handle one delivery, and what was held back behind it; the delivery tags to acknowledge."""
        if self.last is None:
            self.last = previous
        if position <= self.last:
            print(f"{self.number}:{position} again, skipped", file=sys.stderr)
            return [tag]
        duplicate = [self._held[position][0]] if position in self._held else []
        self._held[position] = tag, text
        return duplicate + self._in_order()

    def give_up_waiting(self) -> list[int]:
        """Go on behind a gap that nothing has filled for long; the delivery tags to acknowledge."""
        if self._waiting_since is None or time.monotonic() - self._waiting_since < GAP_PATIENCE_S:
            return []
        first = min(self._held)
        print(f"GAP: {self.number}:{self.last + 1} to {self.number}:{first - 1} are missing", file=sys.stderr)
        self.last = first - 1
        return self._in_order()

    def _in_order(self) -> list[int]:
        tags = []
        while self.last + 1 in self._held:
            tag, text = self._held.pop(self.last + 1)
            print(text, flush=True)
            self.last += 1
            tags.append(tag)
            self._waiting_since = None
        if self._held and self._waiting_since is None:
            self._waiting_since = time.monotonic()
        return tags


def main(state: Path) -> None:
    kept = json.loads(state.read_text()) if state.exists() else {}
    partitions = {number: Partition(number, last) for number, last in kept.items()}
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URI"]))
    channel = connection.channel()
    bind(channel)
    for method, properties, body in channel.consume(QUEUE, inactivity_timeout=1.0):
        tags = []
        if method is not None:
            headers = properties.headers
            number, position = place(headers["cloudEvents:position"])
            _, previous = place(headers["cloudEvents:previousposition"])
            partition = partitions.setdefault(number, Partition(number, None))
            tags = partition.take(position, previous, method.delivery_tag, describe(headers, body))
        for partition in partitions.values():
            tags += partition.give_up_waiting()
        if tags:
            keep(state, partitions)
            for tag in tags:
                channel.basic_ack(tag)


def bind(channel: Any) -> None:
    """One queue for all events: only then do the positions in it follow one another."""
    channel.queue_declare(QUEUE, durable=True, arguments={"x-single-active-consumer": True})
    for service in SERVICES:
        channel.exchange_declare(f"{service}.events", "topic", durable=True)
        channel.queue_bind(QUEUE, f"{service}.events", "#")
    channel.basic_qos(prefetch_count=PREFETCH)


def place(token: str) -> tuple[str, int]:
    """Partition and number of a position `p:n`."""
    partition, _, number = token.partition(":")
    return partition, int(number)


def describe(headers: dict[str, Any], body: bytes) -> str:
    fields = ", ".join(json.loads(body))
    time_, type_ = headers["cloudEvents:time"], headers["cloudEvents:type"]
    return f"{headers['cloudEvents:position']:<8} {time_:<33} {type_:<24} {fields}"


def keep(state: Path, partitions: dict[str, Partition]) -> None:
    """Written before the acknowledgement: a stop in between brings events again, which are then skipped."""
    draft = state.with_suffix(".draft")
    draft.write_text(json.dumps({partition.number: partition.last for partition in partitions.values()}))
    draft.replace(state)


if __name__ == "__main__":
    if "AMQP_URI" not in os.environ:
        sys.exit("Set AMQP_URI.")
    try:
        with suppress(KeyboardInterrupt):
            main(Path(sys.argv[1] if len(sys.argv) > 1 else "print_events.json"))
    except (pika.exceptions.AMQPError, OSError) as error:
        sys.exit(f"The broker of AMQP_URI can't be used: {error!r}")
