"""The users of a test's RabbitMQ: as at a real one, with passwords that follow from its administrator's."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from deploy.credentials import of_user, password
from deploy.rabbitmq.definitions import definitions
from deploy.rabbitmq.permissions import permissions, user_of
from deploy.servers import RabbitMQ

SUBSCRIBER = "example"
PERMISSIONS = permissions([SUBSCRIBER])


def url_of(process: str, amqp_uri: str) -> str:
    """Where a process, the operator or a subscriber connects; `amqp_uri` is the administrator's."""
    return of_user(amqp_uri, user_of(process), _password(process, amqp_uri))


def defined(server: RabbitMQ, vhost: str = "/") -> dict[str, Any]:
    """Everybody's user and rights in a virtual host of the server."""
    passwords = {process: _password(process, server.uri()) for process in PERMISSIONS}
    return definitions(PERMISSIONS, passwords, vhost=vhost)


def allow_in(server: RabbitMQ, vhost: str) -> None:
    """Give the users of a running server their rights in one more virtual host."""
    load(server, defined(server, vhost))


def load(server: RabbitMQ, definitions: Mapping[str, Any]) -> None:
    """Have a running server make what is defined, all with one call of rabbitmqctl."""
    file = server.folder / "loaded.json"
    file.write_text(json.dumps(definitions))
    server.ctl("import_definitions", str(file))


def _password(process: str, amqp_uri: str) -> str:
    return hashlib.sha256(f"{process} {password(amqp_uri)}".encode()).hexdigest()
