"""The processes below a server, so that none of them outlives it."""

import os
import select
import signal
import time

import psutil


class Family:
    """A process and its descendants at one moment, held by file descriptors: a reused pid can't be hit."""

    def __init__(self, pid: int) -> None:
        self._handles = [
            handle for member in [pid, *_descendants(pid)] if (handle := _open(member)) is not None
        ]

    def wait(self, timeout: float) -> bool:
        """Whether all have ended within the timeout in seconds."""
        deadline = time.monotonic() + timeout
        return all(_has_ended(handle, deadline) for handle in self._handles)

    def kill(self) -> None:
        for handle in self._handles:
            try:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def close(self) -> None:
        for handle in self._handles:
            os.close(handle)


def _descendants(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _open(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def _has_ended(handle: int, deadline: float) -> bool:
    ended, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
    return bool(ended)
