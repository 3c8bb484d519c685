"""Supervisord for the local stack: starts each process, starts it again when it dies, stops all in order."""

import hashlib
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from configparser import RawConfigParser
from pathlib import Path

from deploy.servers.server import Server
from deploy.stack import Program

GRACE_S = 20
LONGEST_SOCKET_PATH = 100
STOP_TIMEOUT_S = 90.0
SERVERS, PORTAL = "servers", "portal"


class Supervisor:
    """The supervisor whose files lie in `folder`; its logs, and those of its programs, in `folder/logs`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = folder / "supervisord.conf"
        self._pid = folder / "supervisord.pid"
        self._logs = folder / "logs"

    @property
    def is_running(self) -> bool:
        try:
            os.kill(int(self._pid.read_text()), 0)
        except (OSError, ValueError):
            return False
        return True

    def start(
        self, servers: Iterable[Server], programs: Iterable[Program], environment: Mapping[str, str]
    ) -> None:
        """Run the servers; the programs stay stopped until `start_portal`.

        `environment` is all that everybody is told, whatever the caller itself was.
        """
        self._logs.mkdir(exist_ok=True, mode=0o700)
        self._write_config(servers, programs)
        if self.is_running:
            self._ctl("update")
            return
        subprocess.run(
            [_tool("supervisord"), "--configuration", str(self._config)],
            check=True,
            cwd=self._folder.parent,
            env=environment,
        )

    def start_portal(self) -> None:
        """Run the programs that are not running."""
        self._ctl("start", f"{PORTAL}:*")

    def stop(self) -> None:
        """Stop the programs, then the servers, then the supervisor itself."""
        if not self.is_running:
            return
        self._ctl("stop", f"{PORTAL}:*")
        self._ctl("shutdown")
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while self.is_running:
            if time.monotonic() > deadline:
                raise TimeoutError(f"supervisord does not end; see {self._logs / 'supervisord.log'}")
            time.sleep(0.1)

    def _ctl(self, *command: str) -> None:
        """Give supervisord a command; what is already as it should be is no error."""
        subprocess.run(
            [_tool("supervisorctl"), "--configuration", str(self._config), *command],
            stdout=subprocess.DEVNULL,
            check=False,
        )

    def _write_config(self, servers: Iterable[Server], programs: Iterable[Program]) -> None:
        servers, programs = list(servers), list(programs)
        config = RawConfigParser()
        socket = f"unix://{self._socket}"
        config["unix_http_server"] = {"file": str(self._socket), "chmod": "0700"}
        config["supervisord"] = {
            "logfile": str(self._logs / "supervisord.log"),
            "pidfile": str(self._pid),
            "childlogdir": str(self._logs),
            **({"user": "root"} if os.geteuid() == 0 else {}),
        }
        config["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        }
        config["supervisorctl"] = {"serverurl": socket}
        for server in servers:
            config[f"program:{server.name}"] = self._program(
                server.name,
                server.command(),
                autostart="true",
                stopsignal=server.stop_signal,
                priority="1",
                environment=_quoted(server.environment()),
            )
        for program in programs:
            config[f"program:{program.name}"] = self._program(
                program.name,
                [sys.executable, "-m", *program.module],
                autostart="false",
                stopsignal="TERM",
                environment=_quoted(
                    {**program.environment, "PORTAL_METRICS_PORT": str(program.metrics_port)}
                ),
            )
        _group(config, SERVERS, [server.name for server in servers])
        _group(config, PORTAL, [program.name for program in programs])
        self._config.touch(mode=0o600)
        with self._config.open("w") as file:
            config.write(file)

    def _program(self, name: str, command: list[str], **options: str) -> dict[str, str]:
        return {
            "command": _escaped(shlex.join(command)),
            "directory": str(Path(__file__).parents[1]),
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "20",
            "stopwaitsecs": str(GRACE_S),
            "redirect_stderr": "true",
            "stdout_logfile": str(self._logs / f"{name}.log"),
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": "2",
            **{option: value for option, value in options.items() if value},
        }

    @property
    def _socket(self) -> Path:
        """In the folder, or where the folder's path is too long for a socket, in /tmp."""
        socket = self._folder / "supervisor.sock"
        if len(str(socket)) <= LONGEST_SOCKET_PATH:
            return socket
        digest = hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]
        return Path(f"/tmp/mfr-portal-{digest}.sock")


def _group(config: RawConfigParser, name: str, members: list[str]) -> None:
    if members:
        config[f"group:{name}"] = {"programs": ",".join(members)}


def _quoted(environment: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in environment.items())


def _escaped(text: str) -> str:
    """Supervisor expands percent signs."""
    return text.replace("%", "%%")


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)
