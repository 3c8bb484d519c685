"""What the relay needs of a broker: publish in order, know what arrived, and be the only one that does."""

from collections.abc import Sequence
from typing import Protocol

from shared.messaging.cloudevents import OutgoingMessage


class PublishFailed(Exception):
    """Nothing more can be published just now.

    `confirmed` is how many of the call's messages are with the broker for sure, counted from the first;
    `retry_after` says in how many seconds another try makes sense, where the publisher knows.
    """

    def __init__(self, reason: str, *, confirmed: int = 0, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.confirmed = confirmed
        self.retry_after = retry_after


class Publisher(Protocol):
    """Safe to use from several threads, as long as each partition has one of its own."""

    def lock(self, partition: int) -> bool:
        """Become the only one on this broker that publishes `partition`; False while somebody else is.

        Cheap when the lock is held already, so it is asked for before every batch. Raises PublishFailed.
        """
        ...

    def unlock(self, partition: int) -> None:
        """Leave `partition` to others; a lock that is not held is no error."""
        ...

    def publish(self, messages: Sequence[OutgoingMessage]) -> int:
        """Publish messages of locked partitions, many in flight, and wait, with a bound, for the broker.

        Returns how many were confirmed without a gap, counted from the first: fewer than given when the
        broker refused one. Raises PublishFailed.
        """
        ...

    def close(self) -> None:
        """Give up the connection, and every lock with it."""
        ...
