"""Virtual hosts of a test's RabbitMQ, each for one test alone."""

import secrets

from deploy.rabbitmq.definitions import everything
from deploy.servers import RabbitMQ
from deploy.servers.rabbitmq import USER
from tests.support.broker_users import load

# Each call of rabbitmqctl starts an Erlang of its own, which takes longer than most tests.
_AT_ONCE = 10


class VirtualHosts:
    """Made some at a time; what is in them stays until the server is removed."""

    def __init__(self, server: RabbitMQ) -> None:
        self._server = server
        self._unused: list[str] = []

    def fresh(self) -> str:
        """The administrator's URI of a virtual host that nobody has used."""
        if not self._unused:
            self._unused = [f"test-{secrets.token_hex(4)}" for _ in range(_AT_ONCE)]
            self._create(self._unused)
        return f"{self._server.uri().rstrip('/')}/{self._unused.pop()}"

    def _create(self, names: list[str]) -> None:
        vhosts = [{"name": name} for name in names]
        load(self._server, {"vhosts": vhosts, "permissions": [everything(USER, name) for name in names]})
