"""Access tokens: JWTs signed with EdDSA that say who is calling."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt

from shared.contracts.errors import Unauthenticated
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller
from shared.identity.keys import KeyRing, SigningKey

ISSUER = AUDIENCE = "mfr-portal"
LIFETIME = timedelta(minutes=10)
LONGEST_TOKEN = 4_096
_CLAIMS = {"provider_id": "provider", "company_id": "company", "contact_id": "contact", "session_id": "sid"}


def issue(key: SigningKey, caller: Caller, *, now: datetime, lifetime: timedelta = LIFETIME) -> str:
    """A token for `caller` that is good until `now + lifetime`."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(caller.account_id),
        "kind": caller.kind.value,
        "iat": now,
        "exp": now + lifetime,
        "jti": str(uuid4()),
    }
    for field, claim in _CLAIMS.items():
        if (value := getattr(caller, field)) is not None:
            claims[claim] = str(value)
    return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.kid})


def verify(token: object, ring: KeyRing) -> Caller:
    """The caller that the token stands for; raises Unauthenticated for any token that is not good."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise Unauthenticated()
    try:
        found = ring.find(str(jwt.get_unverified_header(token).get("kid")))
        if found is None:
            raise Unauthenticated()
        key, kinds = found
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        caller = _caller(claims)
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("The sign-in has run out; renew it or sign in again.") from None
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        raise Unauthenticated() from None
    if caller.kind not in kinds:
        raise Unauthenticated()
    return caller


def claimed(token: str) -> Caller:
    """Whom a token names, unchecked: for those who got it accepted by a service. Raises Unauthenticated."""
    try:
        return _caller(jwt.decode(token, options={"verify_signature": False}))
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        raise Unauthenticated() from None


def service_caller() -> Caller:
    """The caller that a service is when it calls another."""
    return Caller(kind=CallerKind.SERVICE, account_id=UUID(int=0))


def operator_caller() -> Caller:
    """The caller that the operator's command line is."""
    return Caller(kind=CallerKind.OPERATOR, account_id=UUID(int=0))


def operator_token(keys: Path) -> str:
    """A token as an operator, signed with the key in the folder of keys; raises OSError without it."""
    return issue(SigningKey.load(keys, "operators"), operator_caller(), now=now())


def service_token(keys: Path) -> str:
    """A token as a service, signed with the key in the folder of keys; raises OSError without it."""
    return issue(SigningKey.load(keys, "services"), service_caller(), now=now())


def now() -> datetime:
    return datetime.now(UTC)


def _caller(claims: dict[str, Any]) -> Caller:
    caller = Caller(
        kind=CallerKind(claims["kind"]),
        account_id=UUID(claims["sub"]),
        **{field: UUID(str(claims[claim])) for field, claim in _CLAIMS.items() if claim in claims},
    )
    _complete(caller)
    return caller


def _complete(caller: Caller) -> None:
    """A customer has a provider, a company and a contact; staff have a provider."""
    if caller.kind is CallerKind.CUSTOMER and not (caller.company_id and caller.contact_id):
        raise ValueError("a customer's token must name company and contact")
    if caller.kind in (CallerKind.CUSTOMER, CallerKind.STAFF) and not caller.provider_id:
        raise ValueError("the token must name the provider")
