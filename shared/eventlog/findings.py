"""What a verification of the log has found: which event, where, and what is wrong with it."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from shared.contracts.position import Position
from shared.eventlog.chain import Link

MOST = 1_000
MOST_COMPARED = 100


class Damage(enum.StrEnum):
    CHANGED = "changed"
    SWAPPED = "swapped"
    REMOVED = "removed"
    INSERTED = "inserted"
    REWRITTEN = "rewritten"


@dataclass(frozen=True)
class Finding:
    """`first` to `last` are positions of one partition, or None where the event's own is not known."""

    damage: Damage
    explanation: str
    first: Position | None = None
    last: Position | None = None
    stream_type: str | None = None
    stream_id: str | None = None
    version: int | None = None
    event_id: str | None = None

    @classmethod
    def about(cls, link: Link, damage: Damage, explanation: str) -> "Finding":
        return cls(damage, explanation, link.at, link.at, *link.stream, link.version, link.fields["event_id"])

    @property
    def place(self) -> str:
        """Where it is, for people."""
        if self.first is None:
            return f"version {self.version} of {self.stream_type} {self.stream_id}"
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


class Findings:
    """Collects what is found, each thing once; MOST are enough."""

    def __init__(self) -> None:
        self._found: dict[tuple[Damage, str], Finding] = {}
        self._changed: dict[Position, Link] = {}

    @property
    def enough(self) -> bool:
        return len(self._found) + len(self._changed) >= MOST

    def add(self, finding: Finding) -> None:
        self._found.setdefault((finding.damage, finding.place), finding)

    def add_changed(self, link: Link) -> None:
        self._changed.setdefault(link.at, link)

    def is_missing_before(self, at: Position) -> bool:
        """Whether an event is known to be missing in front of this place of a partition."""
        return any(
            finding.damage is Damage.REMOVED
            and finding.first is not None
            and finding.first.partition == at.partition
            and finding.first < at
            for finding in self._found.values()
        )

    def all(self) -> list[Finding]:
        """In the order of the log, those without a position at the end."""
        found = [*self._found.values(), *self._of_changed()]
        return sorted(found, key=lambda finding: (finding.first is None, finding.first or (), finding.place))

    def _of_changed(self) -> Iterator[Finding]:
        swapped = dict(self._swapped())
        for at, link in self._changed.items():
            if at in swapped:
                yield Finding.about(link, Damage.SWAPPED, swapped[at])
            else:
                yield Finding.about(link, Damage.CHANGED, "it is not what was recorded")

    def _swapped(self) -> Iterator[tuple[Position, str]]:
        """The changed events that are whole once two of them give back to each other what one field holds."""
        compared = list(self._changed.values())[:MOST_COMPARED]
        for one, other in combinations(compared, 2):
            for field in one.fields:
                if one.exchanged(other, field):
                    yield one.at, f"its {field} is that of {other.at}, and the other way round"
                    yield other.at, f"its {field} is that of {one.at}, and the other way round"
