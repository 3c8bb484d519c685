"""How hard a password is to guess, by zxcvbn: for who checks it, and for who shows it while it is typed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from math import prod

from eventlet import tpool
from eventlet.semaphore import Semaphore
from zxcvbn import matching, zxcvbn

LENGTH = (12, 128)
WEAKEST_SCORE = 3
_LONGEST_RATED = 32
# What zxcvbn looks up in some hundredths of a second; ten characters never reach it.
_MOST_LOOKED_UP = 10_000
_MOST_TEXTS = 10
_LONGEST_TEXT = 320
_SHORTEST_WORD = 3
# zxcvbn keeps the owner's words where all threads see them.
_rating = Semaphore()


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

    Takes a few hundredths of a second at most, beside the event loop: of what is long, the beginning counts.
    """
    with _rating:
        found: Strength = tpool.execute(_rated, password[: LENGTH[1] + 1], _words(personal))
    return found


def _rated(password: str, words: list[str]) -> Strength:
    shortest, longest = LENGTH
    rating = zxcvbn(_beginning(_without(password, words)), user_inputs=words)
    hints = [rating["feedback"]["warning"], *rating["feedback"]["suggestions"]]
    return Strength(shortest <= len(password) <= longest, rating["score"], [hint for hint in hints if hint])


def _beginning(text: str) -> str:
    """As much of a text as zxcvbn rates in a moment.

    It looks up each part of it, and all of them again for each way to read characters as letters, as 4 for a.
    """
    text = text[:_LONGEST_RATED]
    while _readings(text) * len(text) ** 2 > _MOST_LOOKED_UP:
        text = text[:-1]
    return text


def _readings(text: str) -> int:
    return prod(map(len, matching.relevant_l33t_subtable(text, matching.L33T_TABLE).values()))


def _words(personal: Iterable[str]) -> list[str]:
    texts = [text[:_LONGEST_TEXT] for text in islice(personal, _MOST_TEXTS)]
    return [word for text in texts for word in (text, *re.findall(r"\w+", text))]


def _without(password: str, words: Iterable[str]) -> str:
    """What is left of a password without these words, apart from those too short to tell whose they are."""
    telling = sorted((word for word in words if len(word) >= _SHORTEST_WORD), key=len, reverse=True)
    left = re.sub("|".join(map(re.escape, telling)) or r"\Z", " ", password, flags=re.IGNORECASE)
    # zxcvbn can't rate an empty text.
    return " ".join(left.split()) or " "
