"""What both servers have in common: start in the foreground, become ready, stop and leave nothing behind."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from deploy.servers.ports import is_free
from deploy.servers.processes import Family

PREDECESSOR_S = 3.0


class ServerFailed(Exception):
    """A server didn't start or a command to it failed; the message ends with its last log lines."""


class Server(ABC):
    """One private server in a folder, on a loopback port.

    A supervisor calls `prepare()` and then runs `command()` with `environment()` added to its own; tests call
    `start()`, `stop()` and `kill()`. Either way the server ends when the thread that started it ends, however
    that happens: start it from a main thread.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def port(self) -> int:
        """The loopback port, the same at every start in this folder."""

    @abstractmethod
    def prepare(self) -> None:
        """Lay out the folder; what is there already stays."""

    @abstractmethod
    def command(self) -> list[str]:
        """The arguments of a foreground process that is the server itself, with one pid until its end."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it serves clients now."""

    def environment(self) -> dict[str, str]:
        """The variables that `command()` needs beside the caller's own."""
        return {}

    @property
    def log(self) -> Path:
        """Where `start()` lets the server write its log."""
        return self.folder / "output.log"

    def start(self, timeout: float = 60.0) -> None:
        """Start the server and return when it serves clients; `timeout` in seconds.

        Raises ServerFailed.
        """
        if self._process is not None:
            raise ServerFailed(f"{self.name} in {self.folder} is started already")
        self.prepare()
        self._wait_for_port()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                env=_own_environment(os.environ) | self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.wait_until_ready(timeout)
        except BaseException:
            self.kill()
            raise

    def _wait_for_port(self) -> None:
        """A predecessor whose process was killed takes a moment to end. Raises ServerFailed."""
        deadline = time.monotonic() + PREDECESSOR_S
        while not is_free(self.port):
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} can't start: port {self.port} is in use")
            time.sleep(0.05)

    def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Return when the server serves clients, whoever started it; `timeout` in seconds.

        Raises ServerFailed.
        """
        deadline = time.monotonic() + timeout
        while not self.is_ready():
            if self._process is not None and self._process.poll() is not None:
                raise self._failure(f"ended with exit code {self._process.returncode}")
            if time.monotonic() > deadline:
                raise self._failure(f"was not ready after {timeout:.0f} s")
            time.sleep(0.05)

    def stop(self, timeout: float = 30.0) -> None:
        """End the server in good order, by force after `timeout` seconds; if it isn't started, do nothing."""
        self._end(signal.Signals[f"SIG{self.stop_signal}"], timeout)

    def kill(self) -> None:
        """End the server as a crash would; if it isn't started, do nothing."""
        self._end(signal.SIGKILL, timeout=10.0)

    def _end(self, with_signal: signal.Signals, timeout: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        family = Family(process.pid)
        process.send_signal(with_signal)
        if not family.wait(timeout):
            family.kill()
        process.wait()
        family.close()

    def _failure(self, what: str) -> ServerFailed:
        lines = self.log.read_text(errors="replace").splitlines()[-20:] if self.log.exists() else []
        return ServerFailed("\n".join([f"{self.name} in {self.folder} {what}. Its last log lines:", *lines]))


def _own_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Without what was meant for another RabbitMQ or PostgreSQL of the caller."""
    return {
        name: value for name, value in variables.items() if not name.startswith(("RABBITMQ_", "ERL_", "PG"))
    }
