"""Passwords: whether one is good enough, and Argon2id hashes of them (OWASP ASVS 5.0, 6.2 and 11.4)."""

from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from eventlet import tpool

from shared.contracts.errors import ValidationFailed
from shared.identity.strength import LENGTH, strength

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked where there is no account, so that an unknown address takes as long as a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def check_strength(password: str, *, field: str = "password", personal: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or easy to guess; raises ValidationFailed.

    `personal` are texts of its owner, such as the e-mail address, whose words an attacker tries first: they
    count for nothing.
    """
    shortest, longest = LENGTH
    found = strength(password, personal)
    if not found.has_length:
        raise ValidationFailed({field: [f"Must have {shortest} to {longest} characters."]})
    if not found.is_enough:
        raise ValidationFailed({field: ["Too easy to guess.", *found.hints]})


def hash_of_new(password: str, *, field: str = "password", personal: Iterable[str] = ()) -> str:
    """The hash of a password that is good enough; raises what `check_strength` does.

    Both take their time, so that nothing should be held meanwhile that others may wait for.
    """
    check_strength(password, field=field, personal=personal)
    return hashed(password)


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
