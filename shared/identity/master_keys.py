"""The master keys: each encrypts the keys of persons, so that a copy of the database alone tells nothing."""

import os
import re
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.config import ConfigurationError

KEY_BYTES = 32
NONCE_BYTES = 12
_NAME = re.compile(r"personal-([1-9][0-9]{0,3})\.key")


class MasterKeyMissing(ConfigurationError):
    """The folder of keys has not the master key that is needed; the message names the file."""


class MasterKeys:
    """The files `personal-1.key`, `personal-2.key`, … of the folder of keys; the highest is in use.

    The folder is looked at whenever the newest is asked for, so that processes that run take to a new one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ciphers: dict[int, AESGCM] = {}

    def newest(self) -> int:
        """The number of the key in use; raises MasterKeyMissing where there is none."""
        try:
            found = numbers(self._folder)
        except OSError as error:
            raise MasterKeyMissing(f"{self._folder} can't be read: {error.strerror}.") from None
        if not found:
            raise MasterKeyMissing(
                f"{self._folder} holds no personal-1.key, and personal data is never kept without one."
            )
        return max(found)

    def wrap(self, number: int, key: bytes, *, about: str) -> bytes:
        """The key, encrypted for what it is about."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(number).encrypt(nonce, key, about.encode())

    def unwrap(self, number: int, wrapped: bytes, *, about: str) -> bytes:
        """The key that was wrapped; raises MasterKeyMissing also for another key of the same number."""
        try:
            return self._cipher(number).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], about.encode())
        except InvalidTag:
            raise MasterKeyMissing(
                f"{self._folder / _name(number)} is not the key that it was; put the right one back."
            ) from None

    def _cipher(self, number: int) -> AESGCM:
        if number not in self._ciphers:
            try:
                self._ciphers[number] = AESGCM(bytes.fromhex((self._folder / _name(number)).read_text()))
            except (OSError, ValueError):
                raise MasterKeyMissing(f"{self._folder / _name(number)} can't be read as a key.") from None
        return self._ciphers[number]


@cache
def master_keys(folder: Path) -> MasterKeys:
    """Those of a folder, the same ones for a whole process."""
    return MasterKeys(folder)


def numbers(folder: Path) -> list[int]:
    """The numbers of the master keys in the folder of keys, ascending."""
    found = (_NAME.fullmatch(file.name) for file in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(match[1]) for match in found if match)


def add(folder: Path) -> int:
    """Make the next master key, readable by its owner alone; its number."""
    number = max(numbers(folder), default=0) + 1
    path = folder / _name(number)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(os.urandom(KEY_BYTES).hex())
    # A link fails where two do this at once, and the later one takes what the earlier made.
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return number


def _name(number: int) -> str:
    return f"personal-{number}.key"
