"""Settings that hold a secret, as they are or in a file, among them the URLs of the servers."""

from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

EMBEDDED = "embedded:"
OWNER_DATABASE_URL = "PORTAL_OWNER_DATABASE_URL"
SHORTEST_PASSWORD = 16
ENVIRONMENTS = ("development", "production")


class ConfigurationError(Exception):
    """A setting is missing or makes no sense; the message names it."""


def amqp_uri(environment: Mapping[str, str]) -> str:
    """AMQP_URI, once it is sure to be one; raises ConfigurationError."""
    value = required(environment, "AMQP_URI")
    if value.startswith(EMBEDDED):
        return value
    if not is_url(value, schemes=("amqp", "amqps"), host=True):
        raise ConfigurationError(malformed("AMQP_URI", "amqp://user:password@host:port/vhost"))
    _must_be_hard_to_guess(environment, "AMQP_URI", value)
    return value


def database_url(environment: Mapping[str, str]) -> str:
    """DATABASE_URL, once it is sure to be one; raises ConfigurationError."""
    return _database_url(environment, "DATABASE_URL", required(environment, "DATABASE_URL"))


def owner_database_url(environment: Mapping[str, str]) -> str | None:
    """PORTAL_OWNER_DATABASE_URL, if there is one; raises ConfigurationError."""
    value = secret(environment, OWNER_DATABASE_URL)
    return _database_url(environment, OWNER_DATABASE_URL, value) if value else None


def _database_url(environment: Mapping[str, str], name: str, value: str) -> str:
    # Without a host, libpq takes the one of the query or the socket of this machine.
    if not is_url(value, schemes=("postgresql", "postgres"), host=False):
        raise ConfigurationError(malformed(name, "postgresql://user:password@host:port/database"))
    if urlsplit(value).hostname:
        _must_be_hard_to_guess(environment, name, value)
    return value


def _must_be_hard_to_guess(environment: Mapping[str, str], name: str, url: str) -> None:
    """In production a server is not spoken to with a password that is missing, short or the server's own."""
    if is_production(environment) and len(unquote(urlsplit(url).password or "")) < SHORTEST_PASSWORD:
        raise ConfigurationError(
            f"{name} must hold a password of at least {SHORTEST_PASSWORD} characters where PORTAL_ENV is "
            "production"
        )


def is_production(environment: Mapping[str, str]) -> bool:
    """Whether what is convenient for trying out is refused; raises ConfigurationError for another word."""
    value = environment.get("PORTAL_ENV") or "development"
    if value not in ENVIRONMENTS:
        raise ConfigurationError(f"PORTAL_ENV must be {' or '.join(ENVIRONMENTS)}, not {value!r}")
    return value == "production"


def is_url(value: str, *, schemes: Collection[str], host: bool) -> bool:
    """Whether all readers take it apart alike, so that no part of a password is taken for a host."""
    try:
        url = urlsplit(value)
        named = url.port != 0 and (url.hostname is not None or not host)
    except ValueError:
        return False
    return (
        named
        and url.scheme in schemes
        and value.startswith(f"{url.scheme}://")
        and value.count("@") == url.netloc.count("@") <= 1
    )


def malformed(name: str, form: str) -> str:
    """Says nothing of the value, which holds a password."""
    return f"{name} is malformed: it must be {form}, with special characters as %XX"


def required(environment: Mapping[str, str], name: str) -> str:
    """The setting `name`, or the file that holds it; raises ConfigurationError where there is neither."""
    value = secret(environment, name)
    if not value:
        raise ConfigurationError(f"{name} is not set; `make up` writes a full set to .run/env")
    return value


def secret(environment: Mapping[str, str], name: str) -> str:
    """The setting `name` or, without it, what the file holds that `name`_FILE names; else an empty text.

    Raises ConfigurationError.
    """
    if (value := environment.get(name)) or not (path := environment.get(f"{name}_FILE")):
        return value or ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigurationError(f"{name}_FILE, {path}, can't be read: {reason}") from None
