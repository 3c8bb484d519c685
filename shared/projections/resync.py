"""Delete and resync: an owner's rows built anew because somebody asked, with progress and a summary."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import Connection, Engine, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from shared.contracts.portal_read import ResyncState
from shared.contracts.pushes import ResyncProgressed
from shared.eventlog.doorbell import notifications
from shared.eventlog.lease import Fenced
from shared.eventlog.passing import PASSING, why
from shared.monitoring import metrics
from shared.projections import history
from shared.projections.build import Unfoldable
from shared.projections.history import Owner
from shared.projections.projection import Projection
from shared.projections.pusher import Pushing, to_nobody, view_changed
from shared.projections.renewal import Renewed, renew

LEASE_S = 20
POLL_S = 1.0
# So long the end of a resync can be asked for.
KEPT = timedelta(days=30)
_log = structlog.get_logger(__name__)


class Claim(NamedTuple):
    """The right to carry out a resync, until it is fenced off."""

    resync_id: UUID
    owner: Owner
    fence: int


def request(connection: Connection, projection: Projection, owner: Owner) -> UUID:
    """Ask for a resync, in the caller's transaction; the id of the one under way where there is one."""
    resyncs = projection.resyncs
    under_way = resyncs.c.state.in_([ResyncState.QUEUED, ResyncState.RUNNING])
    new = (
        insert(resyncs)
        .values(resync_id=uuid7(), owner_id=owner.id, provider_id=owner.provider_id)
        .on_conflict_do_nothing()
        .returning(resyncs.c.resync_id)
    )
    current = select(resyncs.c.resync_id).where(resyncs.c.owner_id == owner.id, under_way)
    while True:
        # The one under way may end between the two statements; then the next insert succeeds.
        found: UUID | None = connection.execute(new).scalar() or connection.execute(current).scalar()
        if found is not None:
            connection.execute(select(func.pg_notify(channel(projection), str(found))))
            return found


def status(connection: Connection, projection: Projection, owner_id: UUID, resync_id: UUID) -> Any | None:
    """How an owner's resync stands: state, applied, total, changes, started_at, finished_at; or None."""
    resyncs = projection.resyncs
    shown = ("state", "applied", "total", "changes", "started_at", "finished_at")
    statement = select(*(resyncs.c[name] for name in shown)).where(
        resyncs.c.resync_id == resync_id, resyncs.c.owner_id == owner_id
    )
    return connection.execute(statement).one_or_none()


def channel(projection: Projection) -> str:
    """Where new resyncs are notified."""
    return f"{projection.name}_resyncs"


class Resyncer:
    """Carries out what is asked for, one after the other, until `stop`; any number may run.

    One that dies leaves its resync to another, which begins anew: until the very end nothing is written.
    """

    def __init__(self, engine: Engine, projection: Projection, *, push: Pushing = to_nobody) -> None:
        self._engine, self._projection, self._push = engine, projection, push
        self._stop = threading.Event()
        for state in (ResyncState.COMPLETED, ResyncState.FAILED):
            metrics.resyncs.labels(projection.name, state.value)

    def run(self) -> None:
        """Work until `stop`; outlives failures of the database, and waits for a missing master key."""
        while not self._stop.is_set():
            try:
                for _ in notifications(self._engine, channel(self._projection), timeout=POLL_S):
                    if self._stop.is_set():
                        return
                    while self.step():
                        pass
            except (psycopg.Error, *PASSING) as error:
                _log.warning("resyncer_interrupted", error=why(error))
                self._stop.wait(POLL_S)

    def stop(self) -> None:
        self._stop.set()

    def step(self) -> bool:
        """Carry out one resync; False when there is none to do."""
        claim = self._claim()
        if claim is None or self._stop.is_set():
            return False
        try:
            self._carry_out(claim)
        except Fenced:
            _log.warning("resync_fenced", resync=str(claim.resync_id))
        except Unfoldable as error:
            _log.error("resync_failed", resync=str(claim.resync_id), error=str(error))
            self._fail(claim, error)
        return True

    def _claim(self) -> Claim | None:
        resyncs = self._projection.resyncs
        waiting = or_(
            resyncs.c.state == ResyncState.QUEUED,
            (resyncs.c.state == ResyncState.RUNNING) & (resyncs.c.expires_at < func.clock_timestamp()),
        )
        first = (
            select(resyncs.c.resync_id)
            .where(waiting)
            .order_by(resyncs.c.requested_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        claimed = (
            update(resyncs)
            .where(resyncs.c.resync_id == first.scalar_subquery())
            .values(
                state=ResyncState.RUNNING,
                started_at=func.coalesce(resyncs.c.started_at, func.clock_timestamp()),
                fence=resyncs.c.fence + 1,
                expires_at=_expiry(),
            )
            .returning(resyncs.c.resync_id, resyncs.c.owner_id, resyncs.c.provider_id, resyncs.c.fence)
        )
        with self._engine.begin() as connection:
            row = connection.execute(claimed).one_or_none()
            if row is None:
                return None
            self._forget_old_ones(connection, row.owner_id)
        return Claim(row.resync_id, Owner(row.owner_id, row.provider_id), row.fence)

    def _forget_old_ones(self, connection: Connection, owner_id: UUID) -> None:
        resyncs = self._projection.resyncs
        old = resyncs.c.finished_at < func.clock_timestamp() - KEPT
        connection.execute(delete(resyncs).where(resyncs.c.owner_id == owner_id, old))

    def _carry_out(self, claim: Claim) -> None:
        with self._engine.begin() as connection:
            total = history.count(connection, claim.owner)
            self._note(connection, claim, applied=0, total=total)
        self._tell(claim, ResyncState.RUNNING, 0, total)

        def progress(applied: int) -> None:
            with self._engine.begin() as connection:
                self._note(connection, claim, applied=applied, expires_at=_expiry())
            self._tell(claim, ResyncState.RUNNING, applied, total)

        def finish(connection: Connection, renewed: Renewed) -> None:
            done = {"applied": renewed.events, "total": renewed.events, "changes": renewed.changes}
            self._end(connection, claim, state=ResyncState.COMPLETED, **done)

        renewed = renew(self._engine, self._projection, claim.owner, progress=progress, finish=finish)
        self._count(ResyncState.COMPLETED)
        self._tell(claim, ResyncState.COMPLETED, renewed.events, renewed.events)
        self._push(view_changed(claim.owner, renewed.at, renewed.changes))

    def _fail(self, claim: Claim, error: Unfoldable) -> None:
        with self._engine.begin() as connection:
            self._end(connection, claim, state=ResyncState.FAILED, error=str(error))
        self._count(ResyncState.FAILED)
        self._tell(claim, ResyncState.FAILED, 0, None)

    def _count(self, state: ResyncState) -> None:
        metrics.resyncs.labels(self._projection.name, state.value).inc()

    def _tell(self, claim: Claim, state: ResyncState, applied: int, total: int | None) -> None:
        self._push(
            ResyncProgressed(
                provider_id=claim.owner.provider_id,
                company_id=claim.owner.id,
                resync_id=claim.resync_id,
                state=state,
                applied=applied,
                total=total,
            )
        )

    def _end(self, connection: Connection, claim: Claim, **values: Any) -> None:
        self._note(connection, claim, finished_at=datetime.now(UTC), **values)

    def _note(self, connection: Connection, claim: Claim, **values: Any) -> None:
        """Write to the resync's row as long as it is ours; raises Fenced."""
        resyncs = self._projection.resyncs
        ours = (resyncs.c.resync_id == claim.resync_id) & (resyncs.c.fence == claim.fence)
        if connection.execute(update(resyncs).where(ours).values(**values)).rowcount != 1:
            raise Fenced(f"the resync {claim.resync_id} was taken over")


def _expiry() -> Any:
    return func.clock_timestamp() + text(f"interval '{LEASE_S} seconds'")
