"""Secrets that whoever holds them may use: made at random, and kept as a hash only."""

import hashlib
import secrets


def new_token() -> str:
    """A secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a secret. It is random, so that a plain hash can't be reversed by guessing."""
    return hashlib.sha256(token.encode()).digest()
