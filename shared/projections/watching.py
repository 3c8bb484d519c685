"""What a projection tells those who watch it: how far it is, who is parked, and whether it follows."""

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from shared.eventlog.lag import LagCollector, lags
from shared.monitoring.monitoring import Monitoring
from shared.projections.projection import Projection

# Customers who wait for what they have just done give up after five seconds.
BEHIND_S = 30.0


def watch(monitoring: Monitoring, engine: Engine, projection: Projection) -> None:
    """Have a process that serves the projection tell how it is."""
    monitoring.measure(LagCollector(engine, projection.checkpoints, "projected"))
    monitoring.measure(ParkedCollector(engine, projection))
    monitoring.ready_if(f"projection {projection.name}", lambda: behind(engine, projection))


def behind(engine: Engine, projection: Projection) -> str | None:
    """A check: whether the projection follows the log closely enough to be shown."""
    try:
        with engine.connect() as connection:
            found = lags(connection, projection.checkpoints)
    except SQLAlchemyError as error:
        return type(error).__name__
    late = [lag.partition for lag in found if lag.seconds > BEHIND_S]
    return f"more than {BEHIND_S:.0f} s behind in the partitions {late}" if late else None


class ParkedCollector(Collector):
    """How many owners are shown at an older state, since one of their events can't be folded."""

    def __init__(self, engine: Engine, projection: Projection) -> None:
        self._engine, self._projection = engine, projection

    def collect(self) -> Iterator[Metric]:
        """Raises SQLAlchemyError."""
        owners = self._projection.owners
        parked = select(func.count()).where(owners.c.parked_at.is_not(None))
        with self._engine.connect() as connection:
            count = connection.execute(parked).scalar_one()
        gauge = GaugeMetricFamily("portal_projection_parked", "Parked owners.", labels=["projection"])
        gauge.add_metric([self._projection.name], count)
        yield gauge
