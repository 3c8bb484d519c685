"""Only a token that we have signed, for this audience and not yet run out, lets its bearer in."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from uuid_utils.compat import uuid7

from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now, operator_caller
from tests.integration.messaging.given import kwargs, refusal
from tests.support.samples import Samples
from tests.support.wire import Wire


def claims(**changed: Any) -> dict[str, Any]:
    """What an operator's token says."""
    good = {
        "iss": "mfr-portal",
        "aud": "mfr-portal",
        "sub": str(uuid7()),
        "kind": "operator",
        "iat": now(),
        "exp": now() + timedelta(minutes=5),
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def forgeries(samples: Samples) -> dict[str, Any]:
    """Tokens that must not pass."""
    operators = SigningKey.load(samples.keys, "operators")
    sessions = SigningKey.load(samples.keys, "sessions")
    header = {"kid": operators.kid}
    public = operators.private.public_key()
    signed = lambda **changed: jwt.encode(  # noqa: E731
        claims(**changed), operators.private, algorithm="EdDSA", headers=header
    )
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    good = signed()
    return {
        "empty": "",
        "no token at all": "a.b.c",
        "very long": "a" * 100_000,
        "another key": jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header),
        "no algorithm": jwt.encode(claims(), None, algorithm="none", headers=header),
        "HS256 with the raw public key": _hs256(claims(), public.public_bytes_raw(), header),
        "HS256 with the public key's PEM": _hs256(claims(), pem, header),
        "unknown kid": jwt.encode(claims(), operators.private, algorithm="EdDSA", headers={"kid": "no"}),
        "kid of no text": jwt.encode(claims(), operators.private, algorithm="EdDSA"),
        "the sessions key": issue(sessions, operator_caller(), now=now()),
        "expired": issue(operators, operator_caller(), now=now() - timedelta(hours=1)),
        "another audience": signed(aud="elsewhere"),
        "another issuer": signed(iss="elsewhere"),
        "no audience": signed(aud=None),
        "no expiry": signed(exp=None),
        "not yet good": signed(nbf=now() + timedelta(hours=1)),
        "unknown kind": signed(kind="emperor"),
        "no kind": signed(kind=None),
        "no account": signed(sub="somebody"),
        "changed signature": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "changed claims": good.replace(good.split(".")[1], signed(kind="staff").split(".")[1]),
    }


def _hs256(payload: dict[str, Any], key: bytes, header: dict[str, str]) -> str:
    """By hand, since PyJWT refuses to sign with a public key."""

    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    text = json.dumps(payload, default=lambda moment: int(moment.timestamp())).encode()
    signed = part(json.dumps({"alg": "HS256", "typ": "JWT"} | header).encode()) + b"." + part(text)
    return (signed + b"." + part(hmac.new(key, signed, hashlib.sha256).digest())).decode()


def test_a_token_that_is_not_ours_or_not_good_any_more_is_not_let_in(samples: Samples, bare: Wire):
    good = issue(SigningKey.load(samples.keys, "operators"), operator_caller(), now=now())
    assert bare.call("sample.operate", headers={"nameko.auth_token": good})["error"] is None
    let_in = {
        name: answer
        for name, token in forgeries(samples).items()
        if (answer := bare.call("sample.operate", headers={"nameko.auth_token": token}))["error"] is None
        or answer["error"]["code"] != "unauthenticated"
    }
    assert let_in == {}


def test_without_a_token_nothing_is_checked_but_the_token(bare: Wire):
    assert refusal(bare, "sample.company", kwargs(company_id="no id"))[0] == "Unauthenticated"


def test_a_caller_of_the_wrong_kind_is_forbidden(bare: Wire, staff: str):
    assert refusal(bare, "sample.operate", headers={"nameko.auth_token": staff})[0] == "Forbidden"
