"""Signed heads: what the portal vouches for about a company's history at one moment, for ever."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from shared.identity.keys import KeyRing, SigningKey

ISSUER = "mfr-portal"
AUDIENCE = "mfr-portal-history"
KEY = "history"


class NotSigned(Exception):
    """Nothing that the portal has signed."""


@dataclass(frozen=True)
class SignedHeads:
    """By the id of a stream: its last version, and that event's hash in hexadecimal."""

    company_id: str
    at: datetime
    heads: dict[str, tuple[int, str]]


def sign(key: SigningKey, signed: SignedHeads) -> str:
    """A JWT without an end, good for nothing but to show what the heads were."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": signed.company_id,
        "iat": signed.at,
        "heads": signed.heads,
    }
    return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.kid})


def read(token: object, ring: KeyRing) -> SignedHeads:
    """What was signed; raises NotSigned. A key that speaks for callers can't vouch for a history."""
    try:
        found = ring.find(str(jwt.get_unverified_header(str(token)).get("kid")))
        if found is None or found[1]:
            raise NotSigned
        claims = jwt.decode(
            str(token),
            found[0],
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["iat", "sub"]},
        )
    except jwt.PyJWTError:
        raise NotSigned from None
    heads = {stream: (version, hash) for stream, (version, hash) in claims["heads"].items()}
    return SignedHeads(claims["sub"], datetime.fromtimestamp(claims["iat"], UTC), heads)
