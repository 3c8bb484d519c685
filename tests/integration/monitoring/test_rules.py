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

from deploy.stack import programs
from services.notifications.waiting import WaitingMails
from services.portal_read.projection import PORTAL
from shared.eventlog.lag import LagCollector
from shared.eventlog.tables import relay
from shared.monitoring.monitoring import Monitoring
from shared.projections.watching import ParkedCollector
from tests.support.stack import ROOT

MONITORING = ROOT / "deploy" / "monitoring"
SUFFIXES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}
NAME = re.compile(r"\bportal_[a-z_]+")


@pytest.fixture
def names(database: Engine) -> dict[str, set[str]]:
    """Each metric of the portal, with the names of its series."""
    collectors: list[Collector] = [
        Monitoring(),
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


def test_each_alert_has_an_example_of_when_it_speaks_up_and_one_of_when_it_does_not():
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    tests = yaml.safe_load((MONITORING / "alerts_test.yml").read_text())["tests"]
    examples = [each for test in tests for each in test["alert_rule_test"]]
    every = {rule["alert"] for group in rules for rule in group["rules"]}
    assert {each["alertname"] for each in examples if "exp_alerts" in each} == every
    assert {each["alertname"] for each in examples if "exp_alerts" not in each} == every


def test_prometheus_is_told_of_the_alerts_and_of_the_ports_of_make_up():
    (job,) = _jobs("prometheus.yml")
    (files,) = job["file_sd_configs"]
    assert (MONITORING / files["files"][0]).resolve() == ROOT / ".run" / "metrics-targets.json"


def test_prometheus_misses_each_process_of_the_compose_file():
    (job,) = _jobs("prometheus-compose.yml")
    watched = {each["labels"]["process"]: each["targets"] for each in job["static_configs"]}
    assert watched == {program.name: [f"{program.name}:9100"] for program in programs()}
    assert "PORTAL_METRICS_PORT=9100" in (ROOT / "deploy" / "containers" / "Dockerfile").read_text()


def test_prometheus_looks_for_the_pods_and_the_port_that_the_manifests_name():
    (job,) = _jobs("prometheus-kubernetes.yml")
    kept = [rule["regex"] for rule in job["relabel_configs"] if rule.get("action") == "keep"]
    deployment = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "process" / "deployment.yaml").read_text())
    template = deployment["spec"]["template"]
    ports = [port["name"] for port in template["spec"]["containers"][0]["ports"]]
    assert kept == [*template["metadata"]["labels"].values(), *ports]


def _jobs(config: str) -> list[dict[str, Any]]:
    """What it scrapes, each under the job that the alerts ask for."""
    read = yaml.safe_load((MONITORING / config).read_text())
    assert read["rule_files"] == ["alerts.yml"]
    jobs: list[dict[str, Any]] = read["scrape_configs"]
    assert [job["job_name"] for job in jobs] == ["portal"]
    return jobs


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus' own tool is not installed")
@pytest.mark.parametrize(
    "command",
    [
        "check rules alerts.yml",
        "test rules alerts_test.yml",
        "check config prometheus.yml",
        "check config prometheus-compose.yml",
    ],
)
def test_prometheus_own_tool_agrees(command: str):
    checked = subprocess.run(["promtool", *command.split()], cwd=MONITORING, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
