"""How much one caller may change a minute: who sends without a pause waits, and holds up nobody else."""

import time

from flask import Flask, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from services.gateway import session
from services.gateway.security import SAFE, client
from shared.contracts.errors import TooManyAttempts


def register(app: Flask, per_minute: int) -> None:
    """Refuse what a caller sends beyond `per_minute` changes; counted in this process, anew each minute.

    What is sent to no address that there is changes nothing, and is not counted.
    """
    limit = RateLimitItemPerMinute(per_minute)
    limiter = FixedWindowRateLimiter(MemoryStorage())

    @app.before_request
    def hold_back() -> None:
        if request.method in SAFE or request.routing_exception is not None:
            return
        caller = _caller()
        if not limiter.hit(limit, *caller):
            ends_at = limiter.get_window_stats(limit, *caller).reset_time
            raise TooManyAttempts(max(1.0, ends_at - time.time()))


def _caller() -> tuple[str, str]:
    """The account that a session names, and otherwise where the call comes from.

    Whom a bearer token names is not known before a service has looked at it. Programs count apart from who is
    not signed in, so that nobody at their address keeps them out by sending what asks for no token.
    """
    if account_id := session.account_id():
        return "account", account_id
    given = request.authorization
    return "program" if given and given.type == "bearer" else "visitor", client() or ""
