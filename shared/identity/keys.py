"""The keys that tokens and histories are signed with, and the public ones that they are checked by."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from shared.contracts.values import CallerKind
from shared.identity import master_keys

PUBLIC = "jwks.json"
_KEYS: dict[str, tuple[CallerKind, ...]] = {
    "sessions": (CallerKind.CUSTOMER, CallerKind.STAFF),
    "services": (CallerKind.SERVICE,),
    "operators": (CallerKind.OPERATOR,),
    "history": (),
}


@dataclass(frozen=True)
class SigningKey:
    """A private key; `name` says for which kinds of callers it may sign."""

    kid: str
    private: Ed25519PrivateKey

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read `sessions`, `services`, `operators` or `history` from the folder of keys."""
        private = load_pem_private_key((folder / f"{name}.pem").read_bytes(), password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"{folder / name}.pem holds no Ed25519 key")
        return cls(_thumbprint(private), private)


class KeyRing:
    """The public keys, by `kid`, with the kinds of callers that each may speak for.

    The file is read again when it has changed. Keys rotate by adding the new one, waiting for the tokens of
    the old one to run out, and removing the old one; one that is removed is good for nothing from then on.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / PUBLIC
        self._read_as: tuple[int, int] | None = None
        self._keys: dict[str, tuple[Ed25519PublicKey, frozenset[CallerKind]]] = {}

    def find(self, kid: str) -> tuple[Ed25519PublicKey, frozenset[CallerKind]] | None:
        """The key and the kinds that it may speak for, or None."""
        if self._version() != self._read_as:
            self._read()
        return self._keys.get(kid)

    def public(self) -> dict[str, Any]:
        """The keys as a JWKS (RFC 7517)."""
        document: dict[str, Any] = json.loads(self._file.read_text())
        return document

    def _read(self) -> None:
        self._read_as = self._version()
        keys = {}
        for entry in self.public()["keys"]:
            key = jwt.PyJWK(entry, algorithm="EdDSA").key
            keys[entry["kid"]] = (key, frozenset(CallerKind(kind) for kind in entry["kinds"]))
        self._keys = keys

    def _version(self) -> tuple[int, int]:
        """Another one whenever the file was replaced, also twice within a tick of the clock."""
        found = self._file.stat()
        return found.st_mtime_ns, found.st_ino


def create(folder: Path) -> None:
    """Make the keys that are not there yet, with the first master key; private ones for their owner alone.

    What is listed already stays listed: to rotate a key, remove its private half and call this again.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _KEYS:
        if not (folder / f"{name}.pem").exists():
            pem = Ed25519PrivateKey.generate().private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            _write(folder / f"{name}.pem", pem, mode=0o600)
    if not master_keys.numbers(folder):
        master_keys.add(folder)
    listed = json.loads((folder / PUBLIC).read_text())["keys"] if (folder / PUBLIC).exists() else []
    entries = {entry["kid"]: entry for entry in listed}
    for name, kinds in _KEYS.items():
        entry = _public_entry(SigningKey.load(folder, name), kinds)
        entries[entry["kid"]] = entry
    _write(folder / PUBLIC, json.dumps({"keys": list(entries.values())}, indent=2).encode(), mode=0o644)


def _public_entry(key: SigningKey, kinds: tuple[CallerKind, ...]) -> dict[str, Any]:
    entry: dict[str, Any] = jwt.algorithms.OKPAlgorithm.to_jwk(key.private.public_key(), as_dict=True)
    return entry | {"kid": key.kid, "use": "sig", "alg": "EdDSA", "kinds": list(kinds)}


def _thumbprint(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes_raw().hex()[:16]


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Put the whole file in place at once, so that a reader never meets half of it."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=mode)
    draft.write_bytes(content)
    draft.rename(path)
