"""A private RabbitMQ: a node of its own beside any other, loopback only, with a random password."""

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from deploy.rabbitmq.definitions import everything, user
from deploy.servers import rabbitmq_release
from deploy.servers.packages import ensure_rabbitmq
from deploy.servers.ports import LOOPBACK, free_port
from deploy.servers.server import Server, ServerFailed
from deploy.servers.settings import Settings, random_secret, recall, write_secret

USER = "portal"
AMQP_GREETING = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"

# The broker takes over this shell's pid, so epmd is the broker's child and ends with it, however it ends.
LAUNCH = (
    'setpriv --pdeathsig=KILL epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & '
    "until epmd -names >/dev/null 2>&1 || ! kill -0 $!; do sleep 0.02; done; "
    'exec "$0"'
)


@dataclass(frozen=True)
class RabbitMQSettings(Settings):
    distribution_port: int = field(default_factory=free_port)
    epmd_port: int = field(default_factory=free_port)
    cookie: str = field(default_factory=random_secret)
    node: str = field(default_factory=lambda: f"portal-{secrets.token_hex(6)}@localhost")


class RabbitMQ(Server):
    """RabbitMQ with everything it reads and writes in `folder`.

    `peers` are the names of the nodes of a cluster that it joins, its own among them.
    """

    name: ClassVar[str] = "RabbitMQ"
    stop_signal: ClassVar[str] = "TERM"

    def __init__(self, folder: Path, port: int | None = None, *, peers: Sequence[str] = ()) -> None:
        super().__init__(folder)
        self._wanted_port, self._peers = port, peers
        self._definitions: dict[str, Any] = {}

    @property
    def port(self) -> int:
        return self._settings.port

    def uri(self) -> str:
        return f"amqp://{USER}:{self._settings.password}@{LOOPBACK}:{self.port}/"

    def define(self, definitions: Mapping[str, Any]) -> None:
        """Have users, and what they may do, loaded at each start; the broker's own user stays beside them."""
        self._definitions = {
            **definitions,
            "users": [*definitions["users"], user(USER, self._settings.password, "administrator")],
            "permissions": [*definitions["permissions"], everything(USER, "/")],
        }

    def prepare(self) -> None:
        """Write the configuration anew from the settings; the broker's data stay.

        Raises PackageMissing.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        rabbitmq_release.lay_out(self.folder / "release", ensure_rabbitmq())
        write_secret(self.folder / ".erlang.cookie", self._settings.cookie)
        write_secret(self.folder / "rabbitmq.conf", self._configuration())
        if self._definitions:
            write_secret(self._definitions_file, json.dumps(self._definitions))
        (self.folder / "enabled_plugins").write_text("[].\n")

    def command(self) -> list[str]:
        server = self.folder / "release" / "sbin" / "rabbitmq-server"
        return ["setpriv", "--pdeathsig=KILL", "sh", "-c", LAUNCH, str(server)]

    def environment(self) -> dict[str, str]:
        return {
            **self._node_variables(),
            **self._path_variables(),
            **self._machine_variables(),
            # The start script otherwise stays between the supervisor and the broker.
            "detached": "true",
        }

    def is_ready(self) -> bool:
        """The listener opens last: a broker that answers the protocol's greeting has booted."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(AMQP_GREETING)
                return connection.recv(1) == METHOD_FRAME
        except OSError:
            return False

    def ctl(self, *arguments: str, timeout: float = 60.0) -> str:
        """What `rabbitmqctl` prints about this node; `timeout` in seconds.

        Raises ServerFailed.
        """
        outcome = subprocess.run(
            [str(ensure_rabbitmq() / "rabbitmqctl"), *arguments],
            env={**os.environ, **self.environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if outcome.returncode != 0:
            raise ServerFailed(f"rabbitmqctl {' '.join(arguments)}:\n{outcome.stdout}{outcome.stderr}")
        return outcome.stdout

    @cached_property
    def _settings(self) -> RabbitMQSettings:
        return recall(self.folder / "rabbitmq.json", RabbitMQSettings, self._wanted_port)

    @property
    def _definitions_file(self) -> Path:
        return self.folder / "definitions.json"

    def _configuration(self) -> str:
        values = {
            "listeners.tcp.1": f"{LOOPBACK}:{self.port}",
            "default_user": USER,
            "default_pass": self._settings.password,
            "disk_free_limit.absolute": "50MB",
            **self._cluster(),
        }
        if self._definitions:
            values["load_definitions"] = str(self._definitions_file)
        return "".join(f"{name} = {value}\n" for name, value in values.items())

    def _cluster(self) -> dict[str, str]:
        if not self._peers:
            return {}
        formation = "cluster_formation"
        return {
            "cluster_partition_handling": "pause_minority",
            f"{formation}.peer_discovery_backend": "classic_config",
            **{
                f"{formation}.classic_config.nodes.{number}": peer
                for number, peer in enumerate(self._peers, start=1)
            },
        }

    def _node_variables(self) -> dict[str, str]:
        return {
            "RABBITMQ_NODENAME": self._settings.node,
            "RABBITMQ_DIST_PORT": str(self._settings.distribution_port),
            "ERL_EPMD_PORT": str(self._settings.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            # Any Erlang program would start an epmd of its own that nobody ends.
            "ERL_FLAGS": "-start_epmd false",
            # Its threads sleep when they have nothing to do: spinning, they take the services' processors.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def _path_variables(self) -> dict[str, str]:
        """Every path that would otherwise lead to the system's RabbitMQ; some of them need not exist."""
        paths = {
            "HOME": ".",
            "ERL_CRASH_DUMP": "erl_crash.dump",
            "RABBITMQ_SCRIPTS_DIR": "release/sbin",
            "RABBITMQ_MNESIA_BASE": ".",
            "RABBITMQ_MNESIA_DIR": "mnesia",
            "RABBITMQ_FEATURE_FLAGS_FILE": "feature_flags",
            "RABBITMQ_PLUGINS_EXPAND_DIR": "plugins-expand",
            "RABBITMQ_PID_FILE": "rabbitmq.pid",
            "RABBITMQ_LOG_BASE": "log",
            "RABBITMQ_CONFIG_FILE": "rabbitmq.conf",
            "RABBITMQ_CONFIG_FILES": "conf.d",
            "RABBITMQ_ADVANCED_CONFIG_FILE": "advanced.config",
            "RABBITMQ_CONF_ENV_FILE": "rabbitmq-env.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": "enabled_plugins",
        }
        return {name: str(self.folder / path) for name, path in paths.items()} | {"RABBITMQ_LOGS": "-"}

    def _machine_variables(self) -> dict[str, str]:
        """A small node that shares its processors: unbound schedulers, no tables sized for a data centre."""
        return {
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            "RABBITMQ_MAX_NUMBER_OF_PROCESSES": "65536",
            "RABBITMQ_MAX_NUMBER_OF_ATOMS": "1048576",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +B i -kernel inet_dist_use_interface {127,0,0,1}",
        }
