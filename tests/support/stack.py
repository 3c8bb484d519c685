"""The portal's services as processes of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack import SERVICES
from shared.messaging.client import RpcClient
from tests.support.scene import PASSWORD, Customer, Scene
from tests.support.waiting import wait_until

__all__ = ["PASSWORD", "ROOT", "SERVICES", "Customer", "Stack", "is_ready", "running", "wait_until"]

ROOT = Path(__file__).parents[2]


class Stack(Scene):
    """A running portal, each part of it a process."""

    def __init__(self, *, amqp_uri: str, database_url: str, keys: Path, logs: Path) -> None:
        super().__init__(RpcClient(amqp_uri, name="tests", timeout=20), keys)
        self.amqp_uri, self.database_url, self.logs = amqp_uri, database_url, logs
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "AMQP_URI": self.amqp_uri,
            "DATABASE_URL": self.database_url,
            "PORTAL_KEYS": str(self.keys),
        }

    def start(self, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a process of ours: a service by its name, or another by its command."""
        module = command or ("shared.messaging.runner", SERVICES[name])
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=self.environment | environment,
                stderr=log,
                stdout=log,
            )
        self.processes[name] = process
        return process

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
            wait_until(lambda name=name: is_ready(stack.logs / f"{name}.log"), what=f"{name} is ready")
        yield stack
    finally:
        stack.stop()


def is_ready(log: Path) -> bool:
    return b"rpc_ready" in log.read_bytes()
