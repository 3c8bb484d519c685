"""A process says in words what is wrong with it, and one fault doesn't hide the rest."""

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.monitoring.monitoring import Monitoring


class Gauge(Collector):
    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("portal_sample", "A sample.", value=7)


class Broken(Collector):
    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("portal_half", "Comes before the fault.", value=1)
        raise ConnectionError("no database")


def _raising() -> str | None:
    raise KeyError("secret")


def test_a_process_of_which_nothing_is_known_to_be_wrong_is_ready():
    monitoring = Monitoring()
    monitoring.ready_if("database", lambda: None)
    assert monitoring.obstacles() == monitoring.ailments() == []


def test_an_obstacle_is_named_and_does_not_mean_that_the_process_is_dead():
    monitoring = Monitoring()
    monitoring.ready_if("database", lambda: "can't be reached")
    assert monitoring.obstacles() == ["database: can't be reached"]
    assert monitoring.ailments() == []


def test_a_dead_process_is_not_ready_either():
    monitoring = Monitoring()
    monitoring.alive_if("threads", lambda: "ended")
    assert monitoring.ailments() == monitoring.obstacles() == ["threads: ended"]


def test_a_check_that_fails_is_an_obstacle_and_does_not_show_values():
    monitoring = Monitoring()
    monitoring.ready_if("odd", _raising)
    assert monitoring.obstacles() == ["odd: KeyError"]


def test_whether_it_is_ready_is_a_metric_too():
    monitoring = Monitoring()
    assert "portal_ready 1.0" in monitoring.exposition().decode()
    monitoring.ready_if("database", lambda: "can't be reached")
    assert "portal_ready 0.0" in monitoring.exposition().decode()


def test_a_collector_that_fails_does_not_hide_the_others():
    monitoring = Monitoring()
    monitoring.measure(Broken())
    monitoring.measure(Gauge())
    shown = monitoring.exposition().decode()
    assert "portal_sample 7.0" in shown
    assert "portal_half" not in shown
    assert "process_resident_memory_bytes" in shown
