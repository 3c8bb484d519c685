"""One process's state for those who watch: what it measures, and whether it can do its work."""

from collections.abc import Callable, Iterator

import structlog
from prometheus_client import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.monitoring.metrics import REGISTRY

Check = Callable[[], str | None]
_log = structlog.get_logger(__name__)


class Monitoring(Collector):
    """Parts of the process add what they know of themselves.

    A check returns None when all is well, and otherwise in words what isn't, without secrets: the words are
    shown. A collector is asked at each look, for what can't be counted as it happens.
    """

    def __init__(self) -> None:
        self._alive: dict[str, Check] = {}
        self._ready: dict[str, Check] = {}
        self._collectors: list[Collector] = []

    def alive_if(self, name: str, check: Check) -> None:
        """Without this the process has to be started anew."""
        self._alive[name] = check

    def ready_if(self, name: str, check: Check) -> None:
        """Without this the process can't do its work just now."""
        self._ready[name] = check

    def measure(self, collector: Collector) -> None:
        self._collectors.append(collector)

    def ailments(self) -> list[str]:
        """Why the process has to be started anew; empty when it lives."""
        return _failing(self._alive)

    def obstacles(self) -> list[str]:
        """Why the process can't work; empty when it can."""
        return _failing(self._alive | self._ready)

    def collect(self) -> Iterator[Metric]:
        """All metrics; a collector that fails is left out, so that the others are seen."""
        yield from REGISTRY.collect()
        ready = 0 if self.obstacles() else 1
        yield GaugeMetricFamily("portal_ready", "1 when the process can do its work, else 0.", value=ready)
        for collector in self._collectors:
            try:
                yield from list(collector.collect())
            except Exception as error:
                _log.warning("metrics_not_collected", reason=type(error).__name__)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self)


def _failing(checks: dict[str, Check]) -> list[str]:
    return [f"{name}: {problem}" for name, check in list(checks.items()) if (problem := _ask(check))]


def _ask(check: Check) -> str | None:
    try:
        return check()
    except Exception as error:
        return type(error).__name__
