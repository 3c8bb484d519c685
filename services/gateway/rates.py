"""How much one caller may change a minute: who sends without a pause waits, and holds up nobody else."""

import time

from flask import Flask, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from services.gateway import session
from shared.contracts.errors import TooManyAttempts

_READING = ("GET", "HEAD", "OPTIONS")


def register(app: Flask, per_minute: int) -> None:
    """Refuse what a caller sends beyond `per_minute` changes; counted in this process, anew each minute.

    A caller is an account where a session names it, and otherwise a client's address: what a bearer token
    names is not known before a service has looked at it.
    """
    limit = RateLimitItemPerMinute(per_minute)
    limiter = FixedWindowRateLimiter(MemoryStorage())

    @app.before_request
    def hold_back() -> None:
        if request.method in _READING:
            return
        caller = session.account_id() or request.remote_addr or ""
        if not limiter.hit(limit, caller):
            ends_at = limiter.get_window_stats(limit, caller).reset_time
            raise TooManyAttempts(max(1.0, ends_at - time.time()))
