"""hadolint over the Dockerfile, and the schemas of Compose and Kubernetes over what is written for them."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.security import tools
from deploy.security.findings import Finding, NotRun

ROOT = Path(__file__).parents[2]
DOCKERFILE, COMPOSE = "deploy/containers/Dockerfile", "deploy/containers/compose.yaml"
MANIFESTS = ("deploy/kubernetes", "deploy/kubernetes/upgrade", "deploy/kubernetes/operator")
VARIABLE = re.compile(r"\$\{\w+(?::?-([^}]*)|:?\?[^}]*)\}")
# compose-spec does not merge what `<<` names.
READ_COMPOSE = """
import json, sys, compose_spec, yaml
compose_spec.PyCompose.from_json(json.dumps(yaml.safe_load(sys.stdin)))
"""
INVALID = re.compile(r"^ERROR .* for resource (\S+) against version \S+: (.*)$", re.MULTILINE)
FOUND = 1


def look() -> Iterator[Finding]:
    """All that they find. Raises NotRun where a tool is missing, after what needs it not."""
    yield from recipe((ROOT / DOCKERFILE).read_text())
    yield from compose((ROOT / COMPOSE).read_text())
    for folder in MANIFESTS:
        yield from manifests(folder, built(folder))


def recipe(dockerfile: str) -> Iterator[Finding]:
    """Raises NotRun."""
    ran = _ran([str(tools.installed("hadolint")), "--format=json", "-"], dockerfile)
    if ran.returncode not in (0, FOUND):
        raise NotRun(f"hadolint ended with {ran.returncode}: {ran.stderr.strip()[-200:]}")
    for found in json.loads(ran.stdout):
        yield Finding("hadolint", found["code"], f"{DOCKERFILE}:{found['line']}", found["message"])


def compose(text: str) -> Iterator[Finding]:
    """Raises NotRun."""
    command = [str(tools.installed("python")), "-W", "ignore", "-c", READ_COMPOSE]
    ran = _ran(command, filled(text))
    if ran.returncode:
        (last,) = ran.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        if not last.startswith("ValueError: "):
            raise NotRun(f"compose-spec ended with {ran.returncode}: {last[:200]}")
        # The place that it names is one in the JSON.
        what, _, _ = last.removeprefix("ValueError: ").rpartition(" at line ")
        yield Finding("compose-spec", "schema", COMPOSE, what)


def filled(text: str) -> str:
    """A Compose file with the defaults of its variables, and some word where there is none."""
    return VARIABLE.sub(lambda variable: variable[1] or "given", text)


def manifests(folder: str, built: str) -> Iterator[Finding]:
    """What a folder's kustomization comes to. Raises NotRun."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(built)
        file.flush()
        ran = _ran([str(tools.installed("kubernetes-validate")), "--strict", "--quiet", file.name])
    said = ran.stdout + ran.stderr
    found = INVALID.findall(said)
    if ran.returncode and not found:
        raise NotRun(f"kubernetes-validate ended with {ran.returncode}: {said.strip()[-200:]}")
    for resource, what in found:
        yield Finding("kubernetes-validate", "schema", f"{folder} {resource}", what)


def built(folder: str) -> str:
    """A folder's kustomization, put together. Raises NotRun."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise NotRun("kubectl, which puts the manifests together, is not installed")
    ran = _ran([kubectl, "kustomize", str(ROOT / folder)])
    if ran.returncode:
        raise NotRun(f"kubectl kustomize {folder}: {ran.stderr.strip()[-200:]}")
    return ran.stdout


def _ran(command: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=given, capture_output=True, text=True)
