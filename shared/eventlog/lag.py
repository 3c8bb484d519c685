"""How far whoever follows the log is behind its head, in each partition."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, Table, func, select

from shared.eventlog.tables import events, partitions


@dataclass(frozen=True)
class Lag:
    """`position` has been reached of `head`; `seconds` ago the first event behind it was recorded."""

    partition: int
    head: int
    position: int
    seconds: float

    @property
    def events(self) -> int:
        return self.head - self.position


def lags(connection: Connection, follower: Table) -> list[Lag]:
    """The lag in each partition of a table with the columns partition and position, in their order."""
    age = (
        select(func.extract("epoch", func.now() - events.c.recorded_at))
        .where(events.c.partition == partitions.c.partition, events.c.position == follower.c.position + 1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(partitions.c.partition, partitions.c.head, follower.c.position, age.label("age"))
        .join(follower, follower.c.partition == partitions.c.partition)
        .order_by(partitions.c.partition)
    )
    return [Lag(row.partition, row.head, row.position, max(float(row.age or 0), 0.0)) for row in rows]


class LagCollector(Collector):
    """Measures a follower at each look: `done` is what it has done with the events, such as `published`."""

    def __init__(self, engine: Engine, follower: Table, done: str) -> None:
        self._engine, self._follower, self._done = engine, follower, done

    def collect(self) -> Iterator[Metric]:
        """Raises SQLAlchemyError."""
        with self._engine.connect() as connection:
            found = lags(connection, self._follower)
        done = self._done
        yield _gauge("portal_log_head_position", "The newest event.", found, lambda lag: lag.head)
        yield _gauge(f"portal_{done}_position", f"The last event {done}.", found, lambda lag: lag.position)
        yield _gauge(f"portal_{done}_lag_events", f"Events not {done} yet.", found, lambda lag: lag.events)
        yield _gauge(f"portal_{done}_lag_seconds", "Age of the oldest.", found, lambda lag: lag.seconds)


def _gauge(name: str, meaning: str, found: Sequence[Lag], value: Callable[[Lag], float]) -> Metric:
    gauge = GaugeMetricFamily(name, meaning, labels=["partition"])
    for lag in found:
        gauge.add_metric([str(lag.partition)], value(lag))
    return gauge
