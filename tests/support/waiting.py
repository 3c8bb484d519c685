"""Waiting for a condition, with a bound."""

import time
from collections.abc import Callable
from typing import Any


def wait_until(condition: Callable[[], Any], *, what: str, timeout: float = 30) -> Any:
    """Wait for a condition to hold and return its value; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain until {what}")
        time.sleep(0.02)
