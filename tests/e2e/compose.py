"""The compose file's services as processes of this machine: their commands, settings and secrets alone."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.stack import ROOT

CONTAINERS = ROOT / "deploy" / "containers"
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*)|:?\?[^}]*)?\}")
_IMAGE = re.compile(r"^ +(PORTAL_ENV|PORTAL_METRICS_HOST)=(\S+)", re.MULTILINE)


class Compose:
    """`folder` stands for the folder of the compose file; `hosts` says what else in it is where here."""

    def __init__(self, folder: Path, variables: Mapping[str, str], hosts: Mapping[str, str]) -> None:
        text = (CONTAINERS / "compose.yaml").read_text()
        text = _VARIABLE.sub(
            lambda found: variables[found[1]] if found[2] is None else variables.get(found[1], found[2]), text
        )
        for there, here in hosts.items():
            text = text.replace(there, here)
        self._folder = folder
        self._file: dict[str, Any] = yaml.safe_load(text)
        self._services: dict[str, Any] = self._file["services"]
        self.secrets = folder / "secrets"
        self.secrets.mkdir()

    def run(self, service: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a service to its end, with other arguments if there are some."""
        return subprocess.run(
            self._command(service, arguments),
            cwd=ROOT,
            env=self._environment(service) | settings,
            capture_output=True,
            text=True,
        )

    def start(self, service: str, **settings: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{service}.log").open("wb") as log:
            return subprocess.Popen(
                self._command(service, ()),
                cwd=ROOT,
                env=self._environment(service) | settings,
                stdout=log,
                stderr=log,
            )

    def grace(self, service: str) -> float:
        """Seconds that it has to end."""
        return float(self._services[service]["stop_grace_period"].removesuffix("s"))

    def _command(self, service: str, arguments: tuple[str, ...]) -> list[str]:
        entry = self._services[service].get("entrypoint", ["python", "-m"])
        command = arguments or self._services[service].get("command", ())
        return [sys.executable, *entry[1:], *(self._here(service, each) for each in command)]

    def _environment(self, service: str) -> dict[str, str]:
        """That of the image and of the service; from this machine only where programs are."""
        image = dict(_IMAGE.findall((CONTAINERS / "Dockerfile").read_text()))
        own = {
            name: self._here(service, str(value))
            for name, value in self._services[service]["environment"].items()
        }
        return {"PATH": os.environ["PATH"]} | image | own

    def _here(self, service: str, text: str) -> str:
        text = text.replace("/run/secrets", str(self._mounted(service)))
        return re.sub(r"^/secrets", str(self.secrets), text)

    def _mounted(self, service: str) -> Path:
        """The folder that stands for its /run/secrets: what the compose file lists for it, and no more."""
        folder = self._folder / "mounted" / service
        folder.mkdir(parents=True, exist_ok=True)
        for each in self._services[service].get("secrets", ()):
            target, source = (each, each) if isinstance(each, str) else (each["target"], each["source"])
            file = self._folder / self._file["secrets"][source]["file"]
            if not (folder / target).is_symlink():
                (folder / target).symlink_to(file)
        return folder
