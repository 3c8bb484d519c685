"""Compose file and manifests start what the local stack starts, with settings that the processes know."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.stack import Program, programs
from services.gateway.settings import Settings
from shared.config import Config
from tests.support.stack import ROOT

CONTAINERS, KUBERNETES = ROOT / "deploy" / "containers", ROOT / "deploy" / "kubernetes"
NOT_OURS = {"postgresql", "rabbitmq"}
BESIDE = {"roles", "upgrade", "portalctl"}
UPGRADE = ["portalctl.main", "schema", "upgrade"]
PASSWORD = "letters1and2digits3"
ENV = {
    "POSTGRES_PASSWORD": PASSWORD,
    "PORTAL_PUBLIC_URL": "https://portal.example.com",
    "PORTAL_SMTP_URL": "smtps://portal:secret@mail.example.com",
    "PORTAL_MAIL_FROM": "portal@example.com",
}
SECRETS = {
    "AMQP_URI": f"amqp://portal:{PASSWORD}@broker/",
    "DATABASE_URL": f"postgresql://portal:{PASSWORD}@database/portal",
    "PORTAL_GATEWAY_SECRET": "s" * 32,
    "PORTAL_SMTP_URL": ENV["PORTAL_SMTP_URL"],
}
VARIABLE = re.compile(r"\$\{(\w+)(?::?[-?]([^}]*))?\}")
PIN = re.compile(r"^([A-Za-z0-9_.\-]+)(?:\[\w+\])?==(\S+)", re.MULTILINE)
EACH = pytest.mark.parametrize("program", programs(), ids=lambda each: each.name)


@cache
def _compose() -> dict[str, Any]:
    """The compose file as it is with the variables of ENV."""
    text = (CONTAINERS / "compose.yaml").read_text()
    document: dict[str, Any] = yaml.safe_load(VARIABLE.sub(lambda found: _value(*found.groups()), text))
    return document


def _value(name: str, default: str | None) -> str:
    return ENV.get(name, default or "")


@cache
def _yaml(path: str) -> Any:
    return yaml.safe_load((KUBERNETES / path).read_text())


def _changes(program: Program) -> dict[str, Any]:
    """What a process has of its own in Kubernetes: path in its Deployment → value."""
    kustomization = _yaml(f"{_label(program)}/kustomization.yaml")
    (patch,) = kustomization["patches"]
    return {change["path"]: change.get("value") for change in yaml.safe_load(patch["patch"])}


def _label(program: Program) -> str:
    return program.name.replace("_", "-")


def _parse(program: Program, environment: Mapping[str, str], folder: Path) -> Config | Settings:
    """What the process makes of its settings, as the image has it in production; raises ConfigurationError.

    Files that a setting names lie in the folder, with something good in them.
    """
    files = {name: folder / name for name in environment if name.endswith("_FILE")}
    for name, path in files.items():
        path.write_text(SECRETS[name.removesuffix("_FILE")] + "\n")
    found = {**environment, **{name: str(path) for name, path in files.items()}, "PORTAL_ENV": "production"}
    if program.name == "gateway":
        return Settings.from_environment(found)
    return Config.from_environment(found)


def _secrets(program: Program) -> dict[str, str]:
    """What lies in /run/secrets of a process: name there → name in the compose file."""
    listed = _compose()["services"][program.name]["secrets"]
    return dict(
        (each, each) if isinstance(each, str) else (each["target"], each["source"]) for each in listed
    )


def test_compose_runs_the_processes_of_the_local_stack_and_the_upgrade():
    services = _compose()["services"]
    assert {program.name: list(program.module) for program in programs()} == {
        name: each["command"] for name, each in services.items() if name not in NOT_OURS | BESIDE
    }
    assert services["upgrade"]["command"] == UPGRADE


def test_kubernetes_runs_the_processes_of_the_local_stack_and_the_upgrade():
    args = "/spec/template/spec/containers/0/args"
    assert set(map(_label, programs())) == {path.name for path in KUBERNETES.iterdir() if path.is_dir()} - {
        "process",
        "settings",
        "upgrade",
        "operator",
    }
    assert set(map(_label, programs())) < set(_yaml("kustomization.yaml")["resources"])
    for program in programs():
        assert _changes(program)[args] == list(program.module)
    (container,) = _yaml("upgrade/job.yaml")["spec"]["template"]["spec"]["containers"]
    assert container["args"] == UPGRADE


@EACH
def test_each_process_takes_the_settings_that_compose_gives_it(program: Program, tmp_path: Path):
    environment = _compose()["services"][program.name]["environment"]
    parsed = _parse(program, environment, tmp_path)
    assert _seconds(_compose()["services"][program.name]["stop_grace_period"]) > parsed.drain_timeout


@EACH
def test_each_process_takes_the_settings_that_kubernetes_gives_it(program: Program, tmp_path: Path):
    parsed = _parse(program, _yaml("settings/settings.yaml")["data"] | SECRETS, tmp_path)
    pod = _yaml("process/deployment.yaml")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > parsed.drain_timeout
    secret = _changes(program)["/spec/template/spec/containers/0/envFrom/1/secretRef/name"]
    assert secret == f"portal-{_label(program)}"


def test_operators_may_write_where_both_pages_say_and_have_the_keys_that_they_sign_with():
    pod = _yaml("operator/pod.yaml")["spec"]
    (container,) = pod["containers"]
    assert "/out" in {each["mountPath"] for each in container["volumeMounts"]}
    page = (ROOT / "docs" / "deployment.md").read_text()
    made = re.search(r"create secret generic portal-operator-keys(.*?)\n\$", page, re.DOTALL)
    assert made is not None
    kept = set(re.findall(r"--from-file=keys/(\S+)", made[1]))
    assert {"operators.pem", "history.pem", "jwks.json", "personal-1.key"} == kept
    assert kept < set(_compose()["services"]["portalctl"]["secrets"][:5]), "more than under Compose"


def test_every_setting_that_is_named_is_read_somewhere():
    named = set(_yaml("settings/settings.yaml")["data"]) | {
        name
        for service, each in _compose()["services"].items()
        if service not in NOT_OURS
        for name in each["environment"]
    }
    named |= set(re.findall(r"(PORTAL_\w+)=", (CONTAINERS / "Dockerfile").read_text()))
    folders = (ROOT / "shared", ROOT / "services")
    code = "\n".join(path.read_text() for folder in folders for path in folder.rglob("*.py"))
    # Secrets may lie in files.
    read = {name for name in named if f'"{name.removesuffix("_FILE")}"' in code}
    assert named - read == set()


def test_only_those_who_sign_have_a_private_key():
    private = {"invitation": {"sessions.pem"}, "notifications": {"services.pem"}}
    for program in programs():
        assert {name for name in _secrets(program) if name.endswith(".pem")} == private.get(
            program.name, set()
        )
        added = [value for path, value in _changes(program).items() if path.endswith("/secret/items/-")]
        assert {each["key"] for each in added} == private.get(program.name, set())


@EACH
def test_each_process_has_a_user_of_its_own_and_no_others(program: Program):
    addresses = {
        name: source
        for name, source in _secrets(program).items()
        if source.endswith(("-broker", "-database", "-secret"))
    }
    own = {"amqp-uri": f"{program.name}-broker", "database-url": f"{program.name}-database"}
    if program.name == "gateway":
        own = {"amqp-uri": "gateway-broker", "gateway-secret": "gateway-secret"}
    assert addresses == own
    assert set(_secrets(program).values()) <= set(_compose()["secrets"])


def test_the_example_of_an_env_file_has_every_variable_that_must_be_set():
    example = set(re.findall(r"^(\w+)=", (CONTAINERS / "env.example").read_text(), re.MULTILINE))
    text = (CONTAINERS / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+):?\?", text)) <= example
    every = set(re.findall(r"^#?(\w+)=", (CONTAINERS / "env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", text)) == every


def test_the_images_lock_has_what_runs_and_nothing_that_the_tests_have_otherwise():
    image = dict(PIN.findall((CONTAINERS / "requirements.lock").read_text()))
    tested = dict(PIN.findall((ROOT / "requirements.lock").read_text()))
    assert image.items() <= tested.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = PIN.findall("\n".join(project["dependencies"] + project["optional-dependencies"]["s3"]))
    assert {name.lower() for name, _ in wanted} <= {name.lower() for name in image}


def test_where_kubectl_is_installed_it_puts_the_manifests_together():
    if kubectl := shutil.which("kubectl"):
        for folder in (KUBERNETES, KUBERNETES / "upgrade", KUBERNETES / "operator"):
            built = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True)
            assert built.returncode == 0, built.stderr


def _seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def _quoted(name: str) -> str:
    return f'"{name}"'
