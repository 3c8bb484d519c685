"""Settings that are numbers."""

import math
from collections.abc import Mapping

from shared.secret_settings import ConfigurationError

HIGHEST_PORT = 65535


def above_zero(environment: Mapping[str, str], name: str, default: float) -> float:
    """A measure such as a time; raises ConfigurationError."""
    text = environment.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        raise ConfigurationError(f"{name} must be a number, not {text!r}") from None
    if not 0 < value < math.inf:
        raise ConfigurationError(f"{name} must be above zero, not {text!r}")
    return value


def count(
    environment: Mapping[str, str], name: str, default: int, *, least: int = 0, most: float = math.inf
) -> int:
    """How many of something; raises ConfigurationError."""
    bound = f" to {most}" if most < math.inf else ""
    return _whole(environment, name, default, least, most, f"a whole number from {least}{bound}")


def port(environment: Mapping[str, str], name: str, default: int) -> int:
    """Where something listens; raises ConfigurationError."""
    return _whole(environment, name, default, 0, HIGHEST_PORT, "a port")


def _whole(
    environment: Mapping[str, str], name: str, default: int, least: int, most: float, what: str
) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ConfigurationError(f"{name} must be {what}, not {text!r}")
    return int(text)
