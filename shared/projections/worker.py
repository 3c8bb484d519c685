"""Keeps a projection up to date: takes leases on partitions and folds what the log has new in them."""

import threading
import time
from collections import Counter
from collections.abc import Sequence

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.position import Position
from shared.database.statement import rows
from shared.eventlog import log
from shared.eventlog.lease import LEASE_S, Lease, Leases, PartitionsLost
from shared.eventlog.passing import PASSING, why
from shared.eventlog.recorded import Recorded
from shared.failpoints import reach
from shared.monitoring import metrics
from shared.observability import some
from shared.projections import resync
from shared.projections.engine import Misfit, apply, apply_all
from shared.projections.freshness import Freshness
from shared.projections.history import Owner
from shared.projections.membership import Membership
from shared.projections.projection import Projection, owner_of
from shared.projections.pusher import Pushing, to_nobody, view_changed
from shared.tracing import spans
from shared.tracing.spans import Kind

BATCH = 500
# With a misfit among them, so few events are folded one by one in much less time than a lease is good for.
CAREFUL = 8
POLL_S = BEAT_S = 0.5
_NOTIFY = "SELECT pg_notify(%(channel)s, position) FROM unnest(%(positions)s::text[]) AS position"
_log = structlog.get_logger(__name__)

Moved = list[tuple[Lease, int]]


class Worker:
    """Folds the partitions that it holds leases on, as many as the other workers leave to it, until `stop`.

    `wake` says that there is something new; without it, it looks twice a second. The checkpoint moves in
    the transaction that writes the rows, under the lease's fence: whatever happens in between, each event's
    effect is there once. What has changed is pushed once it can be seen.
    """

    def __init__(
        self,
        engine: Engine,
        projection: Projection,
        freshness: Freshness,
        *,
        owner: str,
        push: Pushing = to_nobody,
    ) -> None:
        self._engine, self._projection, self._freshness, self._push = engine, projection, freshness, push
        self._leases = Leases(engine, projection.checkpoints, owner)
        self._members = Membership(engine, projection, owner)
        self._held: list[Lease] = []
        self._in_doubt = False
        self._at_once = BATCH
        self._next_beat = 0.0
        self._wake = threading.Event()
        self._stop = threading.Event()

    def wake(self) -> None:
        """Look at the log now."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the batch at hand and give the leases back."""
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Work until `stop`; outlives failures of the database, and waits for a missing master key."""
        while not self._stop.is_set():
            try:
                self._settle()
                self.hold_share()
                self.catch_up()
            except PASSING as error:
                _log.warning("projection_interrupted", error=why(error))
                self._in_doubt = True
            self._wake.wait(POLL_S)
            self._wake.clear()
        self._give_back()

    def catch_up(self) -> None:
        """Fold all that is new in the partitions held."""
        while not self._stop.is_set() and (behind := self._behind()):
            try:
                if not self._step(behind):
                    return
            except PartitionsLost as error:
                self._drop(error.partitions)
            self.hold_share()

    def _behind(self) -> list[Lease]:
        """Those on partitions that have grown: to look at all heads costs less than to read one of them."""
        with self._engine.connect() as connection:
            heads = {head.partition: head.position for head in log.heads(connection)}
        return [lease for lease in self._held if heads[lease.partition] > lease.position]

    def _step(self, leases: list[Lease]) -> bool:
        """Fold one batch; True when there is more to do at once.

        One with a misfit is left, and folded again in a few events' steps, which grow back after each.
        """
        if late := {lease.partition for lease in leases if not lease.valid}:
            raise PartitionsLost(late)
        try:
            more = self._fold(leases, share=max(1, self._at_once // len(leases)))
        except Misfit:
            self._at_once = CAREFUL
            return True
        self._at_once = min(2 * self._at_once, BATCH)
        return more

    def _fold(self, leases: list[Lease], share: int) -> bool:
        """Fold up to `share` events of each of these partitions; True when one has so many. Raises Misfit."""
        fold = apply if self._at_once == CAREFUL else apply_all
        began = spans.clock()
        with self._engine.begin() as connection:
            batch = log.read_next(
                connection, [Position(lease.partition, lease.position) for lease in leases], limit=share
            )
            reach("projection.after_read")
            changed = fold(connection, self._projection, batch)
            self._have_renewed(connection, batch)
            reach("projection.after_rows")
            counts = Counter(recorded.partition for recorded in batch)
            moved = [(lease, lease.position + counts[lease.partition]) for lease in leases]
            self._leases.save(connection, moved)
            reach("projection.after_checkpoint")
            self._notify(connection, moved)
        reach("projection.after_commit")
        spans.passed("project", Kind.CONSUMER, batch, began=began)
        self._note(batch, moved)
        for owner, tables in changed.items():
            self._push(view_changed(owner, _last_of(batch, owner), tables))
        return max(counts.values()) == share

    def _notify(self, connection: Connection, moved: Moved) -> None:
        reached = [str(Position(lease.partition, position)) for lease, position in moved]
        rows(connection, _NOTIFY, {"channel": self._projection.schema, "positions": reached})

    def _note(self, batch: Sequence[Recorded], moved: Moved) -> None:
        """Go on from there, and tell those who wait in this process."""
        for lease, position in moved:
            count = position - lease.position
            lease.position = position
            metrics.events_projected.labels(self._projection.name, str(lease.partition)).inc(count)
            self._freshness.reached(Position(lease.partition, position))
        _log.info(
            "events_projected",
            projection=self._projection.name,
            up_to=[str(Position(lease.partition, position)) for lease, position in moved],
            count=len(batch),
            correlation_ids=some(event.correlation_id for event in batch),
        )

    def _have_renewed(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Ask for a resync of those whose earlier events say something else from now on."""
        for recorded in batch:
            if recorded.type in self._projection.renewing:
                resync.request(connection, self._projection, Owner(owner_of(recorded), recorded.provider_id))

    def _settle(self) -> None:
        """After a fault, give back what is held, and take it as it is: what failed may be committed.

        Giving a lease back waits until that is decided.
        """
        if self._in_doubt:
            self._leases.release(self._held)
            self._held, self._in_doubt, self._next_beat = [], False, 0.0

    def hold_share(self) -> None:
        """Renew in time, let go of what is above our share, and take over what nobody holds up to it."""
        if time.monotonic() < self._next_beat:
            return
        self._next_beat = time.monotonic() + BEAT_S
        share = self._members.share()
        if any(lease.remaining < LEASE_S / 2 for lease in self._held):
            self._drop({lost.partition for lost in self._leases.renew(self._held)})
        self._held, surplus = self._held[:share], self._held[share:]
        self._leases.release(surplus)
        if len(self._held) < share:
            self._held += self._leases.acquire(share - len(self._held))

    def _drop(self, lost: set[int]) -> None:
        """Work no longer on partitions that others have, or may have, taken over."""
        for partition in sorted(lost):
            _log.warning("projection_fenced", partition=partition)
        self._held = [lease for lease in self._held if lease.partition not in lost]

    def _give_back(self) -> None:
        try:
            self._leases.release(self._held)
            self._members.leave()
        except SQLAlchemyError as error:
            _log.warning("projection_leases_not_released", error=type(error).__name__)


def _last_of(batch: Sequence[Recorded], owner: Owner) -> Position:
    return next(recorded.at for recorded in reversed(batch) if owner_of(recorded) == owner.id)
