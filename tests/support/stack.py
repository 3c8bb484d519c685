"""The portal's services as processes of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from deploy.database.rights import RIGHTS
from deploy.servers.ports import free_port
from deploy.stack import SERVICES, programs
from shared.messaging.client import RpcClient
from tests.support import broker_users, database_roles
from tests.support.scene import PASSWORD, Customer, Scene
from tests.support.waiting import wait_until

__all__ = ["PASSWORD", "ROOT", "SERVICES", "Customer", "Stack", "is_ready", "running", "wait_until"]

ROOT = Path(__file__).parents[2]
_PROCESSES = {program.module: program.name for program in programs()}
# Eight processes start at once, maybe beside another portal, on a machine that has other things to do.
START_S = 120


class Stack(Scene):
    """A running portal, each part of it a process. `database_url` is the administrator's."""

    def __init__(
        self,
        *,
        amqp_uri: str,
        database_url: str,
        keys: Path,
        logs: Path,
        smtp_url: str = "",
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        files = (logs.parent / "files").absolute().as_uri()
        super().__init__(RpcClient(amqp_uri, name="tests", timeout=20), keys, files)
        self.amqp_uri, self.database_url, self.logs = amqp_uri, database_url, logs
        self.smtp_url, self.settings = smtp_url, settings
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.metrics_ports: dict[str, int] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "AMQP_URI": self.amqp_uri,
            "DATABASE_URL": self.database_url,
            "PORTAL_KEYS": str(self.keys),
            "PORTAL_FILES": self.files_url,
            # Without one mails wait, and none ends the link that a test has just asked for.
            "PORTAL_SMTP_URL": self.smtp_url,
            **self.settings,
        }

    def start(self, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a process of ours: a service by its name, or another by its command."""
        self.metrics_ports[name] = free_port()
        module = command or ("shared.messaging.runner", SERVICES[name])
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=self.environment | self._own(name, module) | environment,
                stderr=log,
                stdout=log,
            )
        self.processes[name] = process
        return process

    def _own(self, name: str, module: tuple[str, ...]) -> dict[str, str]:
        """What a process alone is told: who it is at the servers. What tests add is the administrator."""
        own = {"PORTAL_METRICS_PORT": str(self.metrics_ports[name])}
        process = _PROCESSES.get(module)
        if process in RIGHTS:
            own["DATABASE_URL"] = database_roles.url_of(process, self.database_url)
        # A virtual host of a test's own has no other users than the administrator.
        if process in broker_users.PERMISSIONS and self.amqp_uri.endswith("/"):
            own["AMQP_URI"] = broker_users.url_of(process, self.amqp_uri)
        return own

    def stop(self) -> None:
        """End all processes, in order, and by force where that takes too long."""
        self.client.close()
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    """Start every service and the relay, and wait until each answers."""
    try:
        for name in SERVICES:
            stack.start(name)
        stack.start("relay", "shared.eventlog.relay")
        for name in SERVICES:
            log = stack.logs / f"{name}.log"
            wait_until(lambda log=log: is_ready(log), what=f"{name} is ready", timeout=START_S)
        yield stack
    finally:
        stack.stop()


def is_ready(log: Path) -> bool:
    return b"rpc_ready" in log.read_bytes()
