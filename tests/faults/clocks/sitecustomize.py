"""A wrong clock for a whole Python process: found on PYTHONPATH, it shifts what the process takes for now.

`CLOCK_SHIFT_S` is in seconds. Monotonic time goes on as it is, as it does where a clock is set.
"""

import datetime
import os
import time

_SHIFT_S = float(os.environ["CLOCK_SHIFT_S"])
_true_time, _true_datetime = time.time, datetime.datetime


class _AnyDatetime(type):
    """What others have made is a datetime, too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _true_datetime)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _true_datetime)


class _Shifted(_true_datetime, metaclass=_AnyDatetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return _true_datetime.now(tz) + datetime.timedelta(seconds=_SHIFT_S)

    @classmethod
    def utcnow(cls) -> datetime.datetime:  # type: ignore[override]
        return _true_datetime.utcnow() + datetime.timedelta(seconds=_SHIFT_S)


time.time = lambda: _true_time() + _SHIFT_S
datetime.datetime = _Shifted  # type: ignore[misc]
