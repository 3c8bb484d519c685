"""A token says who is calling, and only one that a listed key signed is believed."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.contracts.errors import Unauthenticated
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller
from shared.identity.keys import KeyRing, SigningKey
from shared.identity.tokens import (
    AUDIENCE,
    ISSUER,
    LIFETIME,
    issue,
    now,
    operator_caller,
    operator_token,
    service_caller,
    service_token,
    verify,
)

PROVIDER, COMPANY, CONTACT, ACCOUNT = (UUID(int=number) for number in range(1, 5))
CUSTOMER = Caller(
    kind=CallerKind.CUSTOMER,
    account_id=ACCOUNT,
    provider_id=PROVIDER,
    company_id=COMPANY,
    contact_id=CONTACT,
)
STAFF = Caller(kind=CallerKind.STAFF, account_id=ACCOUNT, provider_id=PROVIDER)


@pytest.fixture
def ring(keys: Path) -> KeyRing:
    return KeyRing(keys)


@pytest.fixture
def sessions(keys: Path) -> SigningKey:
    return SigningKey.load(keys, "sessions")


def claims(**changes) -> dict[str, object]:
    """A good customer's claims, changed; None leaves one out."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(ACCOUNT),
        "kind": "customer",
        "iat": now(),
        "exp": now() + LIFETIME,
        "provider": str(PROVIDER),
        "company": str(COMPANY),
        "contact": str(CONTACT),
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(key: SigningKey, **changes) -> str:
    return jwt.encode(claims(**changes), key.private, algorithm="EdDSA", headers={"kid": key.kid})


def by_hand(header: dict[str, object], payload: dict[str, object], secret: bytes | None) -> str:
    """A token as an attacker writes it, signed by HMAC or not at all."""
    texts = [json.dumps(part, default=lambda time: int(time.timestamp())) for part in (header, payload)]
    parts = [base64.urlsafe_b64encode(text.encode()).rstrip(b"=") for text in texts]
    signature = hmac.digest(secret, b".".join(parts), hashlib.sha256) if secret else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@pytest.mark.parametrize(
    ("name", "caller"),
    [
        ("sessions", CUSTOMER),
        ("sessions", STAFF),
        ("sessions", replace(STAFF, session_id=uuid4())),
        ("services", service_caller()),
        ("operators", operator_caller()),
    ],
)
def test_a_token_says_who_it_was_issued_to(keys, ring, name, caller):
    assert verify(issue(SigningKey.load(keys, name), caller, now=now()), ring) == caller


@pytest.mark.parametrize(
    ("token", "caller"), [(operator_token, operator_caller()), (service_token, service_caller())]
)
def test_whoever_has_the_folder_of_keys_can_be_an_operator_or_a_service(keys, ring, token, caller):
    assert verify(token(keys), ring) == caller


def test_a_hand_written_token_of_a_listed_key_is_good(ring, sessions):
    assert verify(signed(sessions), ring) == CUSTOMER


def test_a_token_is_good_for_ten_minutes(ring, sessions):
    assert timedelta(minutes=10) == LIFETIME
    almost = issue(sessions, CUSTOMER, now=now() - LIFETIME + timedelta(seconds=30))
    assert verify(almost, ring) == CUSTOMER
    expired = issue(sessions, CUSTOMER, now=now() - LIFETIME - timedelta(seconds=1))
    with pytest.raises(Unauthenticated, match="has run out"):
        verify(expired, ring)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "mfr-backoffice"},
        {"aud": None},
        {"iss": "https://example.com"},
        {"iss": None},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"sub": "joerg@mueller.example.com"},
        {"kind": None},
        {"kind": "root"},
        {"provider": None},
        {"company": None},
        {"contact": None},
        {"company": "*"},
        {"company": 1},
        {"kind": "staff", "provider": None, "company": None, "contact": None},
    ],
)
def test_a_token_with_wrong_or_missing_claims_is_refused(ring, sessions, changes):
    with pytest.raises(Unauthenticated):
        verify(signed(sessions, **changes), ring)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sessions", "operator"),
        ("sessions", "service"),
        ("services", "operator"),
        ("services", "staff"),
        ("operators", "customer"),
        ("operators", "service"),
        *(("history", kind) for kind in CallerKind),
    ],
)
def test_a_key_speaks_for_its_own_kinds_of_callers_only(keys, ring, name, kind):
    with pytest.raises(Unauthenticated):
        verify(signed(SigningKey.load(keys, name), kind=kind), ring)


def test_a_forged_signature_is_refused(ring, sessions):
    stranger = SigningKey(sessions.kid, Ed25519PrivateKey.generate())
    with pytest.raises(Unauthenticated):
        verify(issue(stranger, CUSTOMER, now=now()), ring)


def test_claims_can_not_be_exchanged_behind_the_signature(ring, sessions):
    header, _, signature = issue(sessions, CUSTOMER, now=now()).split(".")
    _, payload, _ = signed(sessions, company=str(uuid4())).split(".")
    with pytest.raises(Unauthenticated):
        verify(f"{header}.{payload}.{signature}", ring)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(ring, sessions, algorithm):
    header = {"alg": algorithm, "typ": "JWT", "kid": sessions.kid}
    with pytest.raises(Unauthenticated):
        verify(by_hand(header, claims(), None), ring)


@pytest.mark.parametrize(
    "form", [(Encoding.Raw, PublicFormat.Raw), (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)]
)
def test_the_public_key_is_no_secret_to_sign_with(ring, sessions, form):
    public = sessions.private.public_key().public_bytes(*form)
    header = {"alg": "HS256", "typ": "JWT", "kid": sessions.kid}
    with pytest.raises(Unauthenticated):
        verify(by_hand(header, claims(), public), ring)


@pytest.mark.parametrize("kid", ["ffffffffffffffff", "", "../sessions", None, 7, ["a"]])
def test_an_unknown_key_is_refused(ring, sessions, kid):
    header = {"alg": "EdDSA", "typ": "JWT"} | ({} if kid is None else {"kid": kid})
    with pytest.raises(Unauthenticated):
        verify(by_hand(header, claims(), b"x"), ring)


@pytest.mark.parametrize("token", [None, 7, b"a.b.c", {}, "", "a.b", "a.b.c", "ä.ö.ü", "a" * 5_000])
def test_what_is_no_token_is_refused(ring, token):
    with pytest.raises(Unauthenticated):
        verify(token, ring)
