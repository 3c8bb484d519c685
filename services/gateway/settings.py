"""What the gateway needs to know of its surroundings, read from the environment once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from services.gateway.maps import Tiles
from services.gateway.watching import Network
from shared.config import ConfigurationError, Traces, metrics_port, traces
from shared.number_settings import above_zero, count, port
from shared.secret_settings import amqp_uri, is_production, secret

SHORTEST_SECRET = 32
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))


@dataclass(frozen=True)
class Settings:
    """`public_url` is where browsers reach the gateway; without one they do at `host`. Times in seconds.

    `files` is the file store's URL.
    `proxies` is how many proxies stand before it; each adds to X-Forwarded-For where a call came from.
    `changes_per_minute` is how many one caller may send; with 0 there is no bound.
    `tiles` is the map's tile server; without one the map shows outlines from the gateway itself.
    Metrics are served at `metrics_host` and `metrics_port`, not at all with port 0, and beside the pages to
    the networks `metrics_allow`. Without `traces` no spans are recorded.
    `mails` is the folder of caught mails, which hold links to accounts: only for this machine's own gateway.
    """

    amqp_uri: str
    files: str
    secret: str
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    proxies: int = 0
    changes_per_minute: int = 300
    rpc_timeout: float = 10.0
    drain_timeout: float = 15.0
    log_format: str = "json"
    mails: Path | None = None
    tiles: Tiles | None = None
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    metrics_allow: tuple[Network, ...] | None = None
    traces: Traces | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read AMQP_URI, PORTAL_FILES, PORTAL_GATEWAY_SECRET or its _FILE, and what is optional.

        Raises ConfigurationError.
        """
        settings = cls(
            amqp_uri=amqp_uri(environment),
            files=environment.get("PORTAL_FILES", ""),
            secret=_secret(environment),
            host=environment.get("HOST") or cls.host,
            port=port(environment, "PORT", cls.port),
            public_url=environment.get("PORTAL_PUBLIC_URL", cls.public_url),
            proxies=count(environment, "PORTAL_PROXIES", cls.proxies),
            changes_per_minute=count(environment, "PORTAL_CHANGES_PER_MINUTE", cls.changes_per_minute),
            rpc_timeout=above_zero(environment, "PORTAL_RPC_TIMEOUT", cls.rpc_timeout),
            drain_timeout=above_zero(environment, "PORTAL_DRAIN_TIMEOUT", cls.drain_timeout),
            log_format=environment.get("PORTAL_LOG_FORMAT", cls.log_format),
            mails=Path(folder) if (folder := environment.get("PORTAL_MAIL_FOLDER")) else None,
            tiles=_tiles(environment),
            metrics_host=environment.get("PORTAL_METRICS_HOST") or cls.metrics_host,
            metrics_port=metrics_port(environment),
            metrics_allow=_networks(environment),
            traces=traces(environment),
        )
        if settings.mails and not settings.may_show_mails(environment):
            raise ConfigurationError(
                "PORTAL_MAIL_FOLDER shows everybody's mails; unset it in production, "
                "behind a proxy, and wherever HOST or PORTAL_PUBLIC_URL is not this machine alone"
            )
        return settings

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over TLS only, unless browsers reach the gateway on this machine itself."""
        return self.is_public or urlsplit(self.public_url).scheme == "https"

    def may_show_mails(self, environment: Mapping[str, str]) -> bool:
        """Whether it is certain that nobody but the person at this machine looks."""
        return not (self.is_public or self.proxies or is_production(environment))

    @property
    def watchers(self) -> tuple[Network, ...]:
        """Who may read `/metrics` beside the pages: this machine, as long as the gateway is its own.

        Where others reach it, a proxy on this machine may stand for them.
        """
        if self.metrics_allow is not None:
            return self.metrics_allow
        return () if self.is_public or self.proxies else LOOPBACK

    @property
    def is_public(self) -> bool:
        """Whether browsers of other machines reach it."""
        if self.public_url:
            return not is_this_machine(urlsplit(self.public_url).hostname or "")
        return not is_this_machine(self.host)


def _tiles(environment: Mapping[str, str]) -> Tiles | None:
    template = environment.get("PORTAL_TILES")
    return Tiles.parse(template, environment.get("PORTAL_TILES_ATTRIBUTION", "")) if template else None


def _networks(environment: Mapping[str, str]) -> tuple[Network, ...] | None:
    text = environment.get("PORTAL_METRICS_ALLOW")
    if not text:
        return None
    try:
        return tuple(ip_network(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise ConfigurationError(f"PORTAL_METRICS_ALLOW must be networks between commas: {error}") from None


def _secret(environment: Mapping[str, str]) -> str:
    value = secret(environment, "PORTAL_GATEWAY_SECRET")
    if len(value) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"PORTAL_GATEWAY_SECRET, or the file named by PORTAL_GATEWAY_SECRET_FILE, must hold at least "
            f"{SHORTEST_SECRET} random characters, such as `openssl rand -hex 32` prints"
        )
    return value


def is_this_machine(host: str) -> bool:
    """Whether a host name or an address is the loopback interface's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
