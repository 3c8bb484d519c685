"""Named places where a test may stop a process dead, to prove that nothing depends on its living on."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from shared.secret_settings import is_production

_SIGNALS = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP}


@dataclass
class _Failpoint:
    action: signal.Signals
    countdown: int


def reach(name: str) -> None:
    """Do what `PORTAL_FAILPOINTS` asks for at `name`; without it, nothing.

    `relay.after_publish=kill,relay.after_read=pause@3` kills the process with SIGKILL at the first and
    pauses it with SIGSTOP when it reaches the second for the third time.
    """
    if _armed and name in _armed:
        failpoint = _armed[name]
        failpoint.countdown -= 1
        if failpoint.countdown == 0:
            # To this very thread: what is sent to the process may reach another first, and this one goes on.
            signal.raise_signal(failpoint.action)


def _parse(environment: Mapping[str, str]) -> dict[str, _Failpoint]:
    settings = environment.get("PORTAL_FAILPOINTS", "")
    if settings and is_production(environment):
        raise RuntimeError("PORTAL_FAILPOINTS is for tests; unset it in production")
    return dict(_failpoint(setting.strip()) for setting in settings.split(",") if setting.strip())


def _failpoint(setting: str) -> tuple[str, _Failpoint]:
    name, _, rest = setting.partition("=")
    action, _, count = rest.partition("@")
    if action not in _SIGNALS:
        raise RuntimeError(f"PORTAL_FAILPOINTS: {setting!r} must read name=kill or name=pause, then @count")
    return name, _Failpoint(_SIGNALS[action], int(count or 1))


_armed = _parse(os.environ)
