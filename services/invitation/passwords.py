"""Passwords: whether one is good enough, and Argon2id hashes of them (OWASP ASVS 5.0, 6.2 and 11.4)."""

import re
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from eventlet import tpool
from zxcvbn import zxcvbn

from shared.contracts.errors import ValidationFailed

LENGTH = (12, 128)
WEAKEST_SCORE = 3
_LONGEST_RATED = 72
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked where there is no account, so that an unknown address takes as long as a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def check_strength(password: str, *, field: str = "password", personal: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or easy to guess; raises ValidationFailed.

    `personal` are texts of its owner, such as the e-mail address, whose words an attacker tries first.
    """
    shortest, longest = LENGTH
    if not shortest <= len(password) <= longest:
        raise ValidationFailed({field: [f"Must have {shortest} to {longest} characters."]})
    words = [word for given in personal for word in (given, *re.findall(r"\w+", given))]
    rating = zxcvbn(password[:_LONGEST_RATED], user_inputs=words)
    if rating["score"] < WEAKEST_SCORE:
        hints = [rating["feedback"]["warning"], *rating["feedback"]["suggestions"]]
        raise ValidationFailed({field: ["Too easy to guess.", *(hint for hint in hints if hint)]})


def hashed(password: str) -> str:
    """The hash to keep; computed beside the event loop, which it would block for a moment."""
    return str(tpool.execute(_hasher.hash, password))


def matches(password: str, kept: str | None) -> bool:
    """Whether the password is the one; takes its time also where there is no hash to compare with."""
    try:
        tpool.execute(_hasher.verify, kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(kept)
