"""How a process is asked to end: by SIGTERM, or by SIGINT from the keyboard."""

import signal
from collections.abc import Callable
from typing import Any


def on_stop(end: Callable[[], Any]) -> None:
    """Have `end` called at the first SIGTERM or SIGINT; the ones after it change nothing."""
    asked = False

    def ask(*_: Any) -> None:
        nonlocal asked
        if not asked:
            asked = True
            end()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
