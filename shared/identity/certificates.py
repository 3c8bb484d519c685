"""Certificates of erasure: what the portal vouches for about an erased person, without naming them."""

from typing import Any

import jwt

from shared.identity.heads import ISSUER, NotSigned
from shared.identity.keys import KeyRing, SigningKey

AUDIENCE = "mfr-portal-erasure"
Certificate = dict[str, Any]


def sign(key: SigningKey, certificate: Certificate) -> str:
    """A JWT without an end, with the whole certificate in it; signed with the key that signs histories."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": certificate["contact_id"], "certificate": certificate}
    return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.kid})


def read(token: str, ring: KeyRing) -> Certificate:
    """What was signed; raises NotSigned. A key that speaks for callers can't vouch for an erasure."""
    try:
        found = ring.find(str(jwt.get_unverified_header(token).get("kid")))
        if found is None or found[1]:
            raise NotSigned
        claims = jwt.decode(token, found[0], algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER)
    except jwt.PyJWTError:
        raise NotSigned from None
    certificate: Certificate = claims["certificate"]
    return certificate
