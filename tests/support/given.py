"""Given what has happened, when a decision is taken, then these events follow, or this refusal."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from shared.contracts.declare import Event
from shared.contracts.errors import PortalError
from shared.contracts.stream import StreamType

Decision = Callable[..., Event | Iterable[Event] | None]


class Given:
    """The state that `events` amount to; `when` a decision begins a stream, there are none."""

    def __init__(self, kind: StreamType[Any], *events: Event) -> None:
        self.state = kind.fold(events)
        self._before = (self.state,) if events else ()

    def when(self, decision: Decision, **arguments: Any) -> "When":
        return When(lambda: decision(*self._before, **arguments))


class When:
    def __init__(self, decide: Callable[[], Event | Iterable[Event] | None]) -> None:
        self._decide = decide

    def then(self, *events: Event) -> None:
        """The decision was to record exactly these events, or nothing."""
        decided = self._decide()
        made = (decided,) if isinstance(decided, Event) else tuple(decided or ())
        assert made == events

    def then_refused(self, refusal: type[PortalError]) -> PortalError:
        """The decision was refused; the error, to look closer at."""
        with pytest.raises(refusal) as refused:
            self._decide()
        return refused.value


given = Given
