"""Messages on their way to the broker, and what has become of each."""

import enum
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from shared.messaging.cloudevents import OutgoingMessage


class Outcome(enum.Enum):
    PENDING = enum.auto()
    CONFIRMED = enum.auto()
    RETURNED = enum.auto()
    REFUSED = enum.auto()


class Batch:
    """Written by the session's thread alone while it is on its way."""

    def __init__(self, messages: Sequence[OutgoingMessage]) -> None:
        self.messages = messages
        self.outcomes = [Outcome.PENDING] * len(messages)
        self.partitions = {message.at.partition for message in messages}
        self._open = 0
        self._settled: Callable[[], object] = lambda: None

    def start(self, settled: Callable[[], object]) -> list[int]:
        """The indexes of what is still to be published; `settled` is called when all have an outcome."""
        pending = self.having(Outcome.PENDING)
        self._open, self._settled = len(pending), settled
        if not pending:
            settled()
        return pending

    def settle(self, index: int, outcome: Outcome) -> None:
        """Take the broker's word on one message; the confirm after a return only ends its journey."""
        if self.outcomes[index] is Outcome.PENDING:
            self.outcomes[index] = outcome
        self._open -= 1
        if not self._open:
            self._settled()

    def restart(self, first: int) -> None:
        """Make everything from `first` on pending again."""
        self.outcomes[first:] = [Outcome.PENDING] * (len(self.messages) - first)

    def having(self, outcome: Outcome) -> list[int]:
        """The indexes of the messages with that outcome."""
        return [index for index, found in enumerate(self.outcomes) if found is outcome]

    @property
    def confirmed(self) -> int:
        """How many are confirmed without a gap, counted from the first."""
        return _count(takewhile(lambda outcome: outcome is Outcome.CONFIRMED, self.outcomes))


def _count(items: Iterable[object]) -> int:
    return sum(1 for _ in items)
