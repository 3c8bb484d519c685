"""A place in the log, seen from outside as the opaque token `p:n`."""

import re
from typing import NamedTuple, Self

PATTERN = r"^\d{1,4}:\d{1,18}$"
_TOKEN = re.compile(PATTERN, re.ASCII)


class Position(NamedTuple):
    """The `position`-th event of `partition`; 0 is the place before the first."""

    partition: int
    position: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.position}"

    @classmethod
    def parse(cls, token: str) -> Self:
        """Read a token; raises ValueError when it is none."""
        if not _TOKEN.fullmatch(token):
            raise ValueError(f"{token!r} is not a position token like '3:1042'")
        return cls(*map(int, token.split(":")))
