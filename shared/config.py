"""Settings, read from the environment once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class ConfigurationError(Exception):
    """A setting is missing or makes no sense; the message names it."""


@dataclass(frozen=True)
class Config:
    """What a process of the portal needs to know of its surroundings.

    `amqp_uri` is `amqp://…`, or `embedded://` for the broker inside the process; `database_url` is
    `postgresql://…`. `keys` is the folder of the identity keys. Times are in seconds.
    """

    amqp_uri: str
    database_url: str
    keys: Path
    rpc_timeout: float = 10.0
    max_workers: int = 10
    drain_timeout: float = 15.0
    log_format: str = "json"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read AMQP_URI, DATABASE_URL, PORTAL_KEYS and the optional PORTAL_* settings.

        Raises ConfigurationError.
        """
        return cls(
            amqp_uri=_required(environment, "AMQP_URI"),
            database_url=_required(environment, "DATABASE_URL"),
            keys=Path(_required(environment, "PORTAL_KEYS")),
            rpc_timeout=_seconds(environment, "PORTAL_RPC_TIMEOUT", cls.rpc_timeout),
            max_workers=int(_seconds(environment, "PORTAL_MAX_WORKERS", cls.max_workers)),
            drain_timeout=_seconds(environment, "PORTAL_DRAIN_TIMEOUT", cls.drain_timeout),
            log_format=environment.get("PORTAL_LOG_FORMAT", cls.log_format),
        )

    @property
    def embedded_broker(self) -> bool:
        return self.amqp_uri.startswith("embedded:")


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ConfigurationError(f"{name} is not set; `make up` writes a full set to .run/env")
    return value


def _seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        raise ConfigurationError(f"{name} must be a number, not {text!r}") from None
    if value <= 0:
        raise ConfigurationError(f"{name} must be above zero, not {text!r}")
    return value
