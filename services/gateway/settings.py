"""What the gateway needs to know of its surroundings, read from the environment once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from shared.config import ConfigurationError

SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Settings:
    """`public_url` is where browsers reach the gateway; without one they do at `host`. Times in seconds."""

    amqp_uri: str
    secret: str
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    rpc_timeout: float = 10.0
    drain_timeout: float = 15.0
    log_format: str = "json"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read AMQP_URI, PORTAL_GATEWAY_SECRET or PORTAL_GATEWAY_SECRET_FILE, and what is optional.

        Raises ConfigurationError.
        """
        if not environment.get("AMQP_URI"):
            raise ConfigurationError("AMQP_URI is not set; `make up` writes a full set to .run/env")
        return cls(
            amqp_uri=environment["AMQP_URI"],
            secret=_secret(environment),
            host=environment.get("HOST") or cls.host,
            port=int(_number(environment, "PORT", cls.port)),
            public_url=environment.get("PORTAL_PUBLIC_URL", cls.public_url),
            rpc_timeout=_number(environment, "PORTAL_RPC_TIMEOUT", cls.rpc_timeout),
            drain_timeout=_number(environment, "PORTAL_DRAIN_TIMEOUT", cls.drain_timeout),
            log_format=environment.get("PORTAL_LOG_FORMAT", cls.log_format),
        )

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over TLS only, unless browsers reach the gateway on this machine itself."""
        if self.public_url:
            parts = urlsplit(self.public_url)
            return parts.scheme == "https" or not _is_this_machine(parts.hostname or "")
        return not _is_this_machine(self.host)


def _secret(environment: Mapping[str, str]) -> str:
    secret = environment.get("PORTAL_GATEWAY_SECRET", "")
    if not secret and (name := environment.get("PORTAL_GATEWAY_SECRET_FILE")):
        try:
            secret = Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"PORTAL_GATEWAY_SECRET_FILE can't be read: {error}") from None
    if len(secret) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"PORTAL_GATEWAY_SECRET, or the file named by PORTAL_GATEWAY_SECRET_FILE, must hold at least "
            f"{SHORTEST_SECRET} random characters, such as `openssl rand -hex 32` prints"
        )
    return secret


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = 0
    if value <= 0:
        raise ConfigurationError(f"{name} must be a number above zero, not {text!r}")
    return value


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
