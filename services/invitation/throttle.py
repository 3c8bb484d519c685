"""Slows down whoever guesses: after some failures each further attempt has to wait, longer every time.

Failures are counted by who is tried and from where, so that others can't keep anybody out.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.invitation.tables import attempts
from shared.contracts.errors import TooManyAttempts

FORGOTTEN_AFTER = timedelta(days=1)
_PRUNED_AT_ONCE = 20


@dataclass(frozen=True)
class Limit:
    """`free` failures cost nothing; the wait after each further one doubles from a second up to `longest`."""

    name: str
    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long to wait after so many failures."""
        if failures < self.free:
            return timedelta()
        return min(timedelta(seconds=2 ** min(failures - self.free, 30)), self.longest)


@dataclass(frozen=True)
class Counter:
    """Failures of one kind; only a hash of what they are counted by is kept."""

    limit: Limit
    by: Sequence[str]

    @property
    def key(self) -> bytes:
        return hashlib.sha256("\0".join([self.limit.name, *self.by]).encode()).digest()


ADDRESS = Limit("address and client", free=5, longest=timedelta(minutes=15))
# Shared with whoever else tries the same address, so that it must not keep anybody out for long.
ADDRESS_ALONE = Limit("address", free=5, longest=timedelta(seconds=10))
# Many people can sit behind one network address.
CLIENT = Limit("client", free=50, longest=timedelta(minutes=1))
RESETS = Limit("resets by client", free=10, longest=timedelta(minutes=1))
SESSION = Limit("account and session", free=5, longest=timedelta(minutes=15))


def of_sign_in(address: str, client: str | None) -> list[Counter]:
    """What attempts to sign in are counted by, whether or not there is an account with this address."""
    if client is None:
        return [Counter(ADDRESS_ALONE, [address])]
    return [Counter(ADDRESS, [address, client]), Counter(CLIENT, [client])]


def of_reset(client: str | None) -> list[Counter]:
    """What requests to reset a password are counted by; each of them counts."""
    return [] if client is None else [Counter(RESETS, [client])]


def of_session(account_id: UUID, session_id: UUID | None) -> list[Counter]:
    """What attempts of somebody signed in to give their password are counted by."""
    return [Counter(SESSION, [str(account_id), str(session_id)])]


@contextmanager
def counted(engine: Engine, counters: Sequence[Counter], *, now: datetime) -> Iterator[None]:
    """Make an attempt, which has failed unless the block succeeds. Raises TooManyAttempts.

    It is counted before it is made, so that of many at once no more get a try than one after the other;
    and in a transaction of its own, which stays when the attempt's is undone.
    """
    count(engine, counters, now=now)
    yield
    with engine.begin() as connection:
        for counter in counters:
            _succeeded(connection, counter, now)


def count(engine: Engine, counters: Sequence[Counter], *, now: datetime) -> None:
    """Count a failure, unless there were too many before. Raises TooManyAttempts."""
    with engine.begin() as connection:
        for counter in counters:
            _failed(connection, counter, now)
        _prune(connection, now)


def _failed(connection: Connection, counter: Counter, now: datetime) -> None:
    row = connection.execute(
        insert(attempts)
        .values(key=counter.key, failures=0, last_at=now, free_at=now)
        .on_conflict_do_update(index_elements=["key"], set_={"key": counter.key})
        .returning(attempts)
    ).one()
    # Who doesn't have to wait is not late, either, when another one came after and was counted before.
    if row.free_at > now and counter.limit.wait(row.failures):
        raise TooManyAttempts((row.free_at - now).total_seconds())
    failures = 1 if now - row.last_at > FORGOTTEN_AFTER else row.failures + 1
    connection.execute(
        update(attempts)
        .where(attempts.c.key == counter.key)
        .values(failures=failures, last_at=now, free_at=now + counter.limit.wait(failures))
    )


def _succeeded(connection: Connection, counter: Counter, now: datetime) -> None:
    """Nothing is held against who knows the password; a client loses this one failure only."""
    taken_back = (
        {"failures": func.greatest(attempts.c.failures - 1, 0)}
        if counter.limit is CLIENT
        else {"failures": 0, "free_at": now}
    )
    connection.execute(update(attempts).where(attempts.c.key == counter.key).values(taken_back))


def _prune(connection: Connection, now: datetime) -> None:
    """Each attempt adds two rows at most and removes more old ones, so that the table stays small."""
    old = (
        select(attempts.c.key)
        .where(attempts.c.last_at < now - FORGOTTEN_AFTER)
        .order_by(attempts.c.last_at)
        .limit(_PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(delete(attempts).where(attempts.c.key.in_(old)))
