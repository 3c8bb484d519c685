"""Alerts, dashboard and documentation speak of metrics that exist, and of all of them."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from services.notifications.waiting import WaitingMails
from services.portal_read.projection import PORTAL
from shared.eventlog.lag import LagCollector
from shared.eventlog.tables import relay
from shared.monitoring.metrics import REGISTRY
from shared.projections.watching import ParkedCollector
from tests.support.stack import ROOT

MONITORING = ROOT / "deploy" / "monitoring"
SUFFIXES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}
NAME = re.compile(r"\bportal_[a-z_]+")


@pytest.fixture
def names(database: Engine) -> dict[str, set[str]]:
    """Each metric of the portal, with the names of its series."""
    collectors: list[Collector] = [
        REGISTRY,
        LagCollector(database, relay, "published"),
        LagCollector(database, PORTAL.checkpoints, "projected"),
        ParkedCollector(database, PORTAL),
        WaitingMails(database),
    ]
    return {
        family.name: {family.name + suffix for suffix in SUFFIXES[family.type]}
        for collector in collectors
        for family in collector.collect()
        if family.name.startswith("portal_")
    }


def _expressions() -> list[str]:
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    return [
        *(rule["expr"] for group in rules for rule in group["rules"]),
        *(target["expr"] for panel in dashboard["panels"] for target in panel["targets"]),
    ]


def test_alerts_and_dashboard_ask_for_metrics_that_exist(names: dict[str, set[str]]):
    asked = {name for expression in _expressions() for name in NAME.findall(expression)}
    assert asked - set().union(*names.values()) == set()


def test_each_metric_is_on_the_dashboard_or_in_an_alert_and_documented(names: dict[str, set[str]]):
    documentation = (ROOT / "docs" / "observability.md").read_text()
    expressions = " ".join(_expressions())
    for name, series in names.items():
        assert any(one in expressions for one in series), name
        assert f"`{name}" in documentation, name


def test_each_alert_says_how_bad_it_is_and_what_has_happened():
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]:
        rules: list[dict[str, Any]] = group["rules"]
        assert len({rule["alert"] for rule in rules}) == len(rules)
        for rule in rules:
            assert rule["labels"]["severity"] in ("critical", "warning"), rule
            assert rule["annotations"]["summary"], rule


def test_prometheus_is_told_of_the_alerts_and_of_the_ports_of_make_up():
    """Where Prometheus' own tool is installed, it agrees, and the alerts speak up when they should."""
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    assert config["rule_files"] == ["alerts.yml"]
    (job,) = config["scrape_configs"]
    (files,) = job["file_sd_configs"]
    assert (MONITORING / files["files"][0]).resolve() == ROOT / ".run" / "metrics-targets.json"
    if promtool := shutil.which("promtool"):
        for command in (
            "check rules alerts.yml",
            "check config prometheus.yml",
            "test rules alerts_test.yml",
        ):
            checked = subprocess.run(
                [promtool, *command.split()], cwd=MONITORING, capture_output=True, text=True
            )
            assert checked.returncode == 0, checked.stdout + checked.stderr
