"""Virtual hosts of a test's RabbitMQ, each for one test alone."""

import json
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from deploy.servers import RabbitMQ

# Each call of rabbitmqctl starts an Erlang of its own, which takes longer than most tests.
_AT_ONCE = 10


class VirtualHosts:
    """Made some at a time; what is in them stays until the server is removed. `folder` must exist."""

    def __init__(self, server: RabbitMQ, folder: Path) -> None:
        self._server, self._file = server, folder / "virtual_hosts.json"
        self._unused: list[str] = []

    def fresh(self) -> str:
        """The administrator's URI of a virtual host that nobody has used."""
        if not self._unused:
            self._unused = [f"test-{secrets.token_hex(4)}" for _ in range(_AT_ONCE)]
            self._create(self._unused)
        return f"{self._server.uri().rstrip('/')}/{self._unused.pop()}"

    def _create(self, names: list[str]) -> None:
        rights = {
            "user": urlsplit(self._server.uri()).username,
            "configure": ".*",
            "write": ".*",
            "read": ".*",
        }
        definitions = {
            "vhosts": [{"name": name} for name in names],
            "permissions": [rights | {"vhost": name} for name in names],
        }
        self._file.write_text(json.dumps(definitions))
        self._server.ctl("import_definitions", str(self._file))
