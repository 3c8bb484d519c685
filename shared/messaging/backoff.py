"""How long to wait before the next try while something keeps failing."""

SHORTEST_S = 0.1
LONGEST_S = 5.0


class Backoff:
    """Delays that double from 0.1 s up to 5 s."""

    def __init__(self) -> None:
        self._next = SHORTEST_S

    def next(self) -> float:
        """The seconds to wait before the next try."""
        delay, self._next = self._next, min(self._next * 2, LONGEST_S)
        return delay

    def reset(self) -> None:
        """Begin anew, after a success."""
        self._next = SHORTEST_S
