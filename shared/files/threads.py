"""Runs what blocks in a real thread, where greenlets would wait for it otherwise."""

import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import fsspec.asyn

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function`; in a monkey-patched process within a real thread, while other greenlets go on.

    It must not wait for what greenlets do.
    """
    if not _has_greenlets():
        return function(*args, **kwargs)
    from eventlet import tpool

    result: T = tpool.execute(function, *args, **kwargs)
    return result


def use_real_threads() -> None:
    """Let fsspec run its asyncio loop in a real thread, and wait for it as a thread, not as a greenlet.

    Where `threading` means greenlets, the loop would share its thread with those who wait for it, which
    asyncio refuses. To be called before the first file system of the kind is made.
    """
    if _has_greenlets():
        from eventlet import patcher

        fsspec.asyn.threading = patcher.original("threading")


def _has_greenlets() -> bool:
    """Asks eventlet only where it is loaded already: tools of the command line need nothing of it."""
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and patcher.is_monkey_patched("thread")
