"""Live, resync, full rebuild and folding by hand come to the same rows, however often interrupted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from psycopg import OperationalError
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from services.portal_read.projection import PORTAL
from shared.projections import rebuild
from shared.projections.history import Owner
from shared.projections.rebuild import Share
from shared.projections.renewal import renew
from tests.integration.projections.histories import (
    HISTORIES,
    PROVIDER,
    RHYTHMS,
    Entry,
    companies,
    recorded,
)
from tests.integration.projections.oracle import expected, found
from tests.integration.projections.resyncing import fold_next, only_log

bounded = settings(
    max_examples=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# After how many statements of the rebuild the connection is lost; some are beyond its end.
MOMENTS = st.lists(st.integers(1, 60), max_size=2)


class Crash(OperationalError):
    """As for a process that dies: nothing more is done, and the database undoes what was not committed."""


@contextmanager
def crashing(engine: Engine, after: int) -> Iterator[None]:
    """Have the statement of that number fail, and all that come after it."""
    left = after

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise Crash

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    except DBAPIError as error:
        if not isinstance(error.orig, Crash):
            raise
    finally:
        event.remove(engine, "before_cursor_execute", count)


def forget_owners(engine: Engine) -> None:
    """Leave nobody of an earlier example to be rebuilt."""
    with engine.begin() as connection:
        connection.execute(PORTAL.rebuilds.delete())
        connection.execute(PORTAL.owners.delete())


def fold_live(engine: Engine, rhythm: Sequence[tuple[int, bool]]) -> None:
    for size, crashes in cycle(rhythm):
        if crashes:
            fold_next(engine, PORTAL, size, crashing=True)
        if not fold_next(engine, PORTAL, size):
            return


def resync(engine: Engine, owner: Sequence[UUID]) -> None:
    for company in owner:
        renew(engine, PORTAL, Owner(company, PROVIDER))


def rebuild_all(engine: Engine) -> None:
    rebuild_id = rebuild.begin(engine, PORTAL)
    rebuild.work(engine, PORTAL, rebuild_id, Share(0, 1), lambda: False)
    rebuild.finish(engine, PORTAL, rebuild_id)


@bounded
@for_all(HISTORIES, HISTORIES, RHYTHMS, MOMENTS)
def test_live_with_crashes_resync_full_rebuild_with_crashes_and_an_oracle_agree(
    database: Engine,
    before: list[Entry],
    after: list[Entry],
    rhythm: list[tuple[int, bool]],
    moments: list[int],
):
    forget_owners(database)
    owner = companies()
    history = recorded(before + after, owner)
    only_log(database, history[: len(before)])
    fold_live(database, rhythm)
    assert found(database, owner) == expected(before)
    for moment in moments:
        with crashing(database, moment):
            resync(database, owner)
        assert found(database, owner) == expected(before)
    resync(database, owner)
    assert found(database, owner) == expected(before)

    only_log(database, history[len(before) :])
    for moment in moments:
        with crashing(database, moment):
            rebuild_all(database)
        assert found(database, owner) == expected(before)
    fold_live(database, rhythm)
    rebuild_all(database)
    assert found(database, owner) == expected(before + after)
