"""Verifies the log: each event is what its hash says, follows the one before it, and none is missing.

It reads each partition in order, a chunk at a time, beside those who append.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, text

from shared.contracts.position import Position
from shared.eventlog.chain import COLUMNS, Link
from shared.eventlog.findings import MOST, Damage, Finding, Findings
from shared.eventlog.reading import Selection

CHUNK = 1_000

_COUNTERS = text(
    """
    SELECT p.partition, p.head, coalesce(r.position, 0) AS published,
           coalesce((SELECT max(position) FROM eventlog.events e WHERE e.partition = p.partition), 0) AS last
      FROM eventlog.partitions p
      LEFT JOIN eventlog.relay r USING (partition)
     WHERE p.partition = ANY(:partitions)
     ORDER BY p.partition
    """
)
_PARTITIONS_OF = text("SELECT DISTINCT partition FROM eventlog.events WHERE company_id = :company_id")
_GAPS = text(
    """
    SELECT before + 1 AS first, position - 1 AS last
      FROM (SELECT position, lag(position, 1, CAST(:after AS bigint)) OVER (ORDER BY position) AS before
              FROM eventlog.events
             WHERE partition = :partition AND position > :after) AS e
     WHERE position > before + 1
     ORDER BY position
     LIMIT :limit
    """
)
_CHUNK = f"""
    SELECT {COLUMNS}, before.partition, before.position, before.hash
      FROM eventlog.events AS e
      LEFT JOIN eventlog.events AS before ON before.stream_id = e.stream_id AND before.version = e.version - 1
     WHERE e.partition = :partition AND e.position > :after AND e.position <= :until %s
     ORDER BY e.position
     LIMIT :limit
"""
_ALL, _OF_COMPANY = text(_CHUNK % ""), text(_CHUNK % "AND e.company_id = :company_id")
_ONE = text(
    f"SELECT {COLUMNS} FROM eventlog.events AS e WHERE e.partition = :partition AND e.position = :position"
)
_SIGNED = text(f"SELECT {COLUMNS} FROM eventlog.events AS e WHERE e.stream_id = :id AND e.version = :version")


def verify(engine: Engine, selection: Selection, findings: Findings, advance: Callable[[int], None]) -> None:
    """Look at the selected events, whatever their type, and at all positions of their partitions.

    `advance` is told how many more events were looked at. It ends early once there are enough findings.
    """
    after = selection.first.position - 1 if selection.first else 0
    for counter in _counters(engine, selection):
        _count_positions(engine, counter, after, findings)
        for chunk in _chunks(engine, selection, counter.partition, after, counter.head):
            for row in chunk:
                _look_at(engine, row, findings)
            advance(len(chunk))
            if findings.enough:
                return


def compare(engine: Engine, heads: Mapping[str, tuple[int, str]], at: datetime, findings: Findings) -> None:
    """Look for heads that were signed at a time: by the stream's id, its version and hash (hexadecimal)."""
    signed = f"{at:%Y-%m-%d %H:%M} UTC"
    with engine.connect() as connection:
        for stream_id, (version, hash) in heads.items():
            row = connection.execute(_SIGNED, {"id": stream_id, "version": version}).one_or_none()
            if row is None:
                explanation = f"it was there when its hash was signed, {signed}"
                findings.add(Finding(Damage.REMOVED, explanation, stream_id=stream_id, version=version))
            elif (link := Link.of(row)).hash.hex() != hash:
                explanation = f"this event, or one before it in its stream, is not what was signed, {signed}"
                findings.add(Finding.about(link, Damage.REWRITTEN, explanation))


def _counters(engine: Engine, selection: Selection) -> Sequence[Row[Any]]:
    """Of each partition that is concerned: its counter, its last event, and what was published of it."""
    partitions = selection.partitions(engine)
    with engine.connect() as connection:
        if selection.company_id is not None:
            found = connection.execute(_PARTITIONS_OF, {"company_id": selection.company_id}).scalars()
            partitions = [partition for partition in found if partition in partitions]
        return connection.execute(_COUNTERS, {"partitions": partitions}).all()


def _count_positions(engine: Engine, counter: Row[Any], after: int, findings: Findings) -> None:
    """Positions have no gap, and end where the counter stands."""

    def add(damage: Damage, first: int, last: int, explanation: str) -> None:
        places = (Position(counter.partition, first), Position(counter.partition, last))
        findings.add(Finding(damage, explanation, *places))

    place = {"partition": counter.partition, "after": after, "limit": MOST}
    with engine.connect() as connection:
        for gap in connection.execute(_GAPS, place):
            add(Damage.REMOVED, gap.first, gap.last, "there is nothing at this position any more")
    end = max(counter.last, after)
    if counter.head > end:
        explanation = f"the log ends before it, but the counter stands at {counter.head}"
        add(Damage.REMOVED, end + 1, counter.head, explanation)
    if counter.published > max(counter.head, end):
        explanation = "it was published, but the log and its counter end before it"
        add(Damage.REMOVED, max(counter.head, end) + 1, counter.published, explanation)
    if counter.last > counter.head:
        explanation = f"it lies behind the counter, which stands at {counter.head}"
        add(Damage.INSERTED, counter.head + 1, counter.last, explanation)


def _chunks(
    engine: Engine, selection: Selection, partition: int, after: int, until: int
) -> Iterator[Sequence[Row[Any]]]:
    company = {"company_id": selection.company_id} if selection.company_id else {}
    place = {"partition": partition, "until": until, "limit": CHUNK}
    while True:
        with engine.connect() as connection:
            chunk = connection.execute(
                _OF_COMPANY if company else _ALL, place | company | {"after": after}
            ).all()
        yield chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1].position


def _look_at(engine: Engine, row: Row[Any], findings: Findings) -> None:
    link = Link.of(row)
    is_whole = link.is_whole
    if not is_whole:
        findings.add_changed(link)
    if link.version == 1:
        return
    partition, position, hash = tuple(row)[-3:]
    if hash is None:
        if is_whole and not findings.is_missing_before(link.at):
            findings.add(_removed_before(link))
    elif Position(partition, position) > link.at or (is_whole and hash != link.previous_hash):
        _accuse(engine, Position(partition, position), link, findings)


def _removed_before(link: Link) -> Finding:
    explanation = f"the event at {link.at} was appended after it"
    return Finding(
        Damage.REMOVED,
        explanation,
        stream_type=link.stream.type,
        stream_id=link.stream.id,
        version=link.version - 1,
    )


def _accuse(engine: Engine, at: Position, follower: Link, findings: Findings) -> None:
    """The event before one that was not appended after it: it was changed, or does not belong there."""
    with engine.connect() as connection:
        row = connection.execute(_ONE, {"partition": at.partition, "position": at.position}).one()
    link = Link.of(row)
    if link.is_whole:
        explanation = f"the next of its stream, at {follower.at}, was not appended after it"
        findings.add(Finding.about(link, Damage.INSERTED, explanation))
    else:
        findings.add_changed(link)
