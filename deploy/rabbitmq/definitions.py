"""The users and their permissions as the JSON that RabbitMQ loads at its start."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from deploy.rabbitmq.permissions import Permissions, user_of

SALT_BYTES = 4
_TAGS = {"operator": "monitoring"}


def definitions(
    permissions: Mapping[str, Permissions], passwords: Mapping[str, str], *, vhost: str = "/"
) -> dict[str, Any]:
    """Everybody's user and rights in a virtual host; of the passwords only hashes are in it."""
    return {
        "users": [user(user_of(name), passwords[name], _TAGS.get(name, "")) for name in permissions],
        "vhosts": [{"name": vhost}],
        "permissions": [
            {
                "user": user_of(name),
                "vhost": vhost,
                "configure": rights.configure,
                "write": rights.write,
                "read": rights.read,
            }
            for name, rights in permissions.items()
        ],
        "topic_permissions": [
            {
                "user": user_of(name),
                "vhost": vhost,
                "exchange": exchange,
                "write": topics.write,
                "read": topics.read,
            }
            for name, rights in permissions.items()
            for exchange, topics in rights.topics.items()
        ],
    }


def everything(user: str, vhost: str) -> dict[str, str]:
    """The permission to do whatever there is in a virtual host."""
    return {"user": user, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}


def user(name: str, password: str, tags: str) -> dict[str, str]:
    """A user, with the password's hash as RabbitMQ keeps it: a salt, and SHA-256 over salt and password."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
    }
