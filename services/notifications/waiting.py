"""Tells those who watch how many mails wait, and for how long."""

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select

from services.notifications import ledger
from services.notifications.tables import deliveries


class WaitingMails(Collector):
    """Looks into the ledger each time it is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """Raises SQLAlchemyError."""
        age = func.extract("epoch", func.now() - func.min(deliveries.c.created_at))
        statement = select(func.count(), func.coalesce(age, 0)).where(ledger.UNFINISHED)
        with self._engine.connect() as connection:
            count, seconds = connection.execute(statement).one()
        yield GaugeMetricFamily("portal_mails_waiting", "Mails that are to be sent.", value=count)
        yield GaugeMetricFamily(
            "portal_mails_waiting_seconds",
            "Age of the oldest of them.",
            value=max(float(seconds), 0.0),
        )
