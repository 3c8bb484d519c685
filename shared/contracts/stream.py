"""A kind of stream: its name in the log, and how its events fold into a state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.contracts.declare import Event

State = TypeVar("State")


@dataclass(frozen=True)
class StreamType(Generic[State]):
    """`evolve` takes the state so far (None at first) and the next event, and can't fail."""

    name: str
    evolve: Callable[[State | None, Event], State | None]

    def fold(self, events: Iterable[Event], state: State | None = None) -> State | None:
        """The state after `events`."""
        for event in events:
            state = self.evolve(state, event)
        return state
