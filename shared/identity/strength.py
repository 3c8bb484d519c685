"""How hard a password is to guess, by zxcvbn: for who checks it, and for who shows it while it is typed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from zxcvbn import zxcvbn

LENGTH = (12, 128)
WEAKEST_SCORE = 3
_LONGEST_RATED = 72
_SHORTEST_WORD = 3


@dataclass(frozen=True)
class Strength:
    """`score` is 0 to 4; `hints` say in English what would make it better."""

    has_length: bool
    score: int
    hints: list[str]

    @property
    def is_enough(self) -> bool:
        return self.has_length and self.score >= WEAKEST_SCORE


def strength(password: str, personal: Iterable[str] = ()) -> Strength:
    """`personal` are texts of the password's owner, such as the e-mail address, whose words an attacker tries
    first: they count for nothing.
    """
    shortest, longest = LENGTH
    words = [word for given in personal for word in (given, *re.findall(r"\w+", given))]
    rating = zxcvbn(_without(password, words)[:_LONGEST_RATED], user_inputs=words)
    hints = [rating["feedback"]["warning"], *rating["feedback"]["suggestions"]]
    return Strength(shortest <= len(password) <= longest, rating["score"], [hint for hint in hints if hint])


def _without(password: str, words: Iterable[str]) -> str:
    """What is left of a password without these words, apart from those too short to tell whose they are."""
    telling = sorted((word for word in words if len(word) >= _SHORTEST_WORD), key=len, reverse=True)
    left = re.sub("|".join(map(re.escape, telling)) or r"\Z", " ", password, flags=re.IGNORECASE)
    # zxcvbn can't rate an empty text.
    return " ".join(left.split()) or " "
