"""Settings, read from the environment once at start."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from shared.number_settings import above_zero, count, port
from shared.secret_settings import (
    EMBEDDED,
    ConfigurationError,
    amqp_uri,
    database_url,
    is_url,
    malformed,
    required,
    secret,
)

__all__ = ["SMTP_PORTS", "Config", "ConfigurationError", "Traces", "metrics_port", "traces"]

QUEUE_TYPES = ("classic", "quorum")
SMTP_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


@dataclass(frozen=True)
class Traces:
    """Where spans are sent, by OTLP over HTTP, and which share of the traces, from 0 to 1."""

    endpoint: str
    share: float = 1.0


@dataclass(frozen=True)
class Config:
    """What a process of the portal needs to know of its surroundings.

    `amqp_uri` is `amqp://…`, or `embedded://` for the broker inside the process; `database_url` is
    `postgresql://…`. `keys` is the folder of the identity keys, `files` the file store's fsspec URL, such as
    `file:///srv/portal/files` or `s3://bucket/portal`; `smtp_url` is `smtp://`, `smtps://` or
    `smtp+starttls://user:password@host:port`, and `mail_from` the address that mails come from; with an
    empty `smtp_url` mails wait.
    `gateway_url` is what links in mails begin with. `queue_type` is `quorum` on a cluster of brokers whose
    queues survive the loss of a node, otherwise `classic`. Metrics are served at `metrics_host` and
    `metrics_port`, not at all with port 0. Without `traces` no spans are recorded. Times are in seconds.
    """

    amqp_uri: str
    database_url: str
    keys: Path
    files: str = ""
    smtp_url: str = "smtp://127.0.0.1:25"
    mail_from: str = "portal@localhost"
    gateway_url: str = "http://127.0.0.1:8000"
    queue_type: str = "classic"
    rpc_timeout: float = 10.0
    max_workers: int = 10
    max_waiting: int = 100
    drain_timeout: float = 15.0
    log_format: str = "json"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    traces: Traces | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read AMQP_URI, DATABASE_URL, PORTAL_KEYS and the optional PORTAL_* settings.

        What holds a password may lie in a file that the variable with the suffix _FILE names.
        Raises ConfigurationError.
        """
        return cls(
            amqp_uri=amqp_uri(environment),
            database_url=database_url(environment),
            keys=Path(required(environment, "PORTAL_KEYS")),
            files=environment.get("PORTAL_FILES", cls.files),
            smtp_url=_smtp_url(environment, cls.smtp_url),
            mail_from=_mail_from(environment, cls.mail_from),
            gateway_url=environment.get("GATEWAY_URL", cls.gateway_url).rstrip("/"),
            queue_type=_queue_type(environment, cls.queue_type),
            rpc_timeout=above_zero(environment, "PORTAL_RPC_TIMEOUT", cls.rpc_timeout),
            max_workers=count(environment, "PORTAL_MAX_WORKERS", cls.max_workers, least=1),
            max_waiting=count(environment, "PORTAL_MAX_WAITING", cls.max_waiting, least=1),
            drain_timeout=above_zero(environment, "PORTAL_DRAIN_TIMEOUT", cls.drain_timeout),
            log_format=environment.get("PORTAL_LOG_FORMAT", cls.log_format),
            metrics_host=environment.get("PORTAL_METRICS_HOST") or cls.metrics_host,
            metrics_port=metrics_port(environment),
            traces=traces(environment),
        )

    @property
    def longest_call(self) -> float:
        """Seconds that a call may take at most, whatever deadline it names: six times `rpc_timeout`."""
        return 6 * self.rpc_timeout

    @property
    def embedded_broker(self) -> bool:
        return self.amqp_uri.startswith(EMBEDDED)

    @property
    def queue_arguments(self) -> dict[str, str]:
        """What durable queues are declared with; RabbitMQ refuses another type for one that is there."""
        return {} if self.queue_type == "classic" else {"x-queue-type": self.queue_type}


def metrics_port(environment: Mapping[str, str]) -> int:
    """PORTAL_METRICS_PORT, or 0 where none is set; raises ConfigurationError."""
    return port(environment, "PORTAL_METRICS_PORT", 0)


def traces(environment: Mapping[str, str]) -> Traces | None:
    """OTEL_EXPORTER_OTLP_ENDPOINT and PORTAL_TRACES_SHARE, or None; raises ConfigurationError."""
    base = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    if not base:
        return None
    if not is_url(base, schemes=("http", "https"), host=True):
        raise ConfigurationError(malformed("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318"))
    text = environment.get("PORTAL_TRACES_SHARE") or "1"
    if not re.fullmatch(r"0|1|[01]?\.[0-9]+", text) or float(text) > 1:
        raise ConfigurationError(f"PORTAL_TRACES_SHARE must be a number from 0 to 1, not {text!r}")
    return Traces(f"{base.rstrip('/')}/v1/traces", float(text))


def _queue_type(environment: Mapping[str, str], default: str) -> str:
    value = environment.get("PORTAL_QUEUE_TYPE") or default
    if value not in QUEUE_TYPES:
        raise ConfigurationError(f"PORTAL_QUEUE_TYPE must be {' or '.join(QUEUE_TYPES)}, not {value!r}")
    return value


def _smtp_url(environment: Mapping[str, str], default: str) -> str:
    """The texts of refusals don't repeat the setting, which may hold a password."""
    given = "PORTAL_SMTP_URL" in environment or "PORTAL_SMTP_URL_FILE" in environment
    url = secret(environment, "PORTAL_SMTP_URL") if given else default
    try:
        parts = urlsplit(url)
        good = not url or (parts.scheme in SMTP_PORTS and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        good = False
    if not good:
        raise ConfigurationError(f"PORTAL_SMTP_URL must begin with {', '.join(SMTP_PORTS)} and name a host")
    if parts.password and parts.scheme == "smtp":
        raise ConfigurationError(
            "PORTAL_SMTP_URL would send its password in the clear; use smtps:// or smtp+starttls://"
        )
    return url


def _mail_from(environment: Mapping[str, str], default: str) -> str:
    address = environment.get("PORTAL_MAIL_FROM", default)
    if not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.\-]+", address):
        raise ConfigurationError(f"PORTAL_MAIL_FROM must be an e-mail address in ASCII, not {address!r}")
    return address
