"""Several RabbitMQ nodes on one machine that are one broker: the loss of a machine is tried with it."""

import json
import secrets
import socket
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import ClassVar

from deploy.servers.ports import LOOPBACK, free_port
from deploy.servers.rabbitmq import RabbitMQ, RabbitMQSettings
from deploy.servers.server import Server
from deploy.servers.settings import random_secret, write_secret

NODES = 3


class NameServer(Server):
    """Erlang's epmd, by which the nodes find each other; it outlives each of them."""

    name: ClassVar[str] = "epmd"
    stop_signal: ClassVar[str] = "TERM"

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder)
        self._port = port

    @property
    def port(self) -> int:
        return self._port

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        return ["setpriv", "--pdeathsig=KILL", "epmd", "-port", str(self.port), "-address", LOOPBACK]

    def is_ready(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=2).close()
        except OSError:
            return False
        return True


class RabbitMQCluster:
    """`nodes` share users, queues and a cookie; whoever asks one of them asks all."""

    def __init__(self, folder: Path) -> None:
        self._names = NameServer(folder / "epmd", free_port())
        self.nodes = _nodes(folder, NODES, self._names.port)

    @property
    def ports(self) -> list[int]:
        """Where the nodes listen."""
        return [node.port for node in self.nodes]

    def start(self, timeout: float = 60.0) -> None:
        """Start the nodes one after the other, for each joins those that are there; `timeout` is for each.

        Raises PackageMissing, ServerFailed.
        """
        self._names.start(timeout)
        for node in self.nodes:
            node.start(timeout)

    def stop(self) -> None:
        """End all of it."""
        for node in self.nodes:
            node.stop()
        self._names.stop()


def _nodes(folder: Path, count: int, epmd_port: int) -> Sequence[RabbitMQ]:
    cookie, password, name = random_secret(), random_secret(), secrets.token_hex(6)
    peers = [f"portal-{name}-{number}@localhost" for number in range(1, count + 1)]
    for peer in peers:
        settings = RabbitMQSettings(password=password, epmd_port=epmd_port, cookie=cookie, node=peer)
        write_secret(folder / peer / "rabbitmq.json", json.dumps(asdict(settings)))
    return [RabbitMQ(folder / peer, peers=peers) for peer in peers]
