"""What the portal consists of when each part is a process: names, commands, settings."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.identity.keys import create as create_keys

SERVICES = {
    "invitation": "services.invitation.service:InvitationService",
    "customers": "services.customers.service:CustomersService",
    "requests": "services.requests.service:RequestsService",
    "orders": "services.orders.service:OrdersService",
    "documents": "services.documents.service:DocumentsService",
    "notifications": "services.notifications.service:NotificationsService",
    "portal_read": "services.portal_read.service:PortalReadService",
}


@dataclass(frozen=True)
class Program:
    """A process of ours: `python -m module …`. `environment` is what it alone is told."""

    name: str
    module: tuple[str, ...]
    metrics_port: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)


def programs() -> list[Program]:
    """A process per service, the relay, the gateway."""
    services = [Program(name, ("shared.messaging.runner", path)) for name, path in SERVICES.items()]
    return [
        *services,
        Program("relay", ("shared.eventlog.relay",)),
        Program("gateway", ("services.gateway.server",), environment={"DATABASE_URL": ""}),
    ]


def settings(folder: Path, *, amqp_uri: str, database_url: str, gateway_port: int) -> dict[str, str]:
    """The environment of every process; keys and secrets are made once and kept in the folder."""
    create_keys(folder / "keys")
    files = folder.absolute() / "files"
    files.mkdir(mode=0o700, exist_ok=True)
    return {
        "AMQP_URI": amqp_uri,
        "DATABASE_URL": database_url,
        "GATEWAY_URL": f"http://127.0.0.1:{gateway_port}",
        "PORT": str(gateway_port),
        "PORTAL_KEYS": str(folder / "keys"),
        "PORTAL_FILES": files.as_uri(),
        "PORTAL_GATEWAY_SECRET_FILE": str(_kept_secret(folder / "keys" / "gateway-secret")),
    }


def _kept_secret(path: Path) -> Path:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path
