"""Keys are made once, kept private, and changed one by one while everything runs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.contracts.errors import Unauthenticated
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller
from shared.identity.keys import KeyRing, SigningKey, create
from shared.identity.tokens import issue, now, verify

STAFF = Caller(kind=CallerKind.STAFF, account_id=uuid4(), provider_id=uuid4())
NAMES = ("sessions", "services", "operators", "history")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    create(folder)
    return folder


def token(folder: Path) -> str:
    return issue(SigningKey.load(folder, "sessions"), STAFF, now=now())


def rotate(folder: Path) -> None:
    """Put a new key in the place of the one that signs sessions."""
    (folder / "sessions.pem").unlink()
    create(folder)


def unlist(folder: Path, kid: str) -> None:
    """Take a key off the list, as an operator does: a new file in the place of the old one."""
    listed = json.loads((folder / "jwks.json").read_text())["keys"]
    draft = folder / "jwks.draft"
    draft.write_text(json.dumps({"keys": [entry for entry in listed if entry["kid"] != kid]}))
    draft.rename(folder / "jwks.json")


def test_keys_that_are_there_stay(folder: Path):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    create(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert before.keys() == {*(f"{name}.pem" for name in NAMES), "jwks.json", "personal-1.key"}


def test_private_keys_are_for_their_owner_alone(folder: Path):
    private = [*(f"{name}.pem" for name in NAMES), "personal-1.key"]
    assert {(folder / name).stat().st_mode & 0o777 for name in private} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_is_listed_is_public_and_says_whom_each_key_may_speak_for(folder: Path):
    listed = KeyRing(folder).public()["keys"]
    assert {tuple(sorted(entry)) for entry in listed} == {("alg", "crv", "kid", "kinds", "kty", "use", "x")}
    assert [entry["kinds"] for entry in listed] == [["customer", "staff"], ["service"], ["operator"], []]
    assert [entry["kid"] for entry in listed] == [SigningKey.load(folder, name).kid for name in NAMES]


def test_a_running_ring_picks_up_a_new_key_and_the_old_ones_tokens_stay_good(folder: Path):
    ring, old = KeyRing(folder), token(folder)
    assert verify(old, ring) == STAFF
    rotate(folder)
    new = token(folder)
    assert verify(new, ring) == verify(old, ring) == STAFF
    assert len(ring.public()["keys"]) == len(NAMES) + 1


def test_a_running_ring_lets_go_of_a_key_that_is_no_longer_listed(folder: Path):
    ring, old, old_kid = KeyRing(folder), token(folder), SigningKey.load(folder, "sessions").kid
    rotate(folder)
    assert verify(old, ring) == STAFF
    unlist(folder, old_kid)
    with pytest.raises(Unauthenticated):
        verify(old, ring)
    assert verify(token(folder), ring) == STAFF


def test_a_token_of_an_unknown_key_does_not_become_good_by_asking_again(folder: Path, tmp_path: Path):
    ring = KeyRing(folder)
    create(tmp_path / "other")
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            verify(token(tmp_path / "other"), ring)


def test_a_key_of_another_kind_is_not_signed_with(folder: Path):
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "sessions.pem").write_bytes(pem)
    with pytest.raises(ValueError, match="no Ed25519 key"):
        SigningKey.load(folder, "sessions")


def test_a_token_is_no_longer_good_than_its_lifetime_says(folder: Path):
    key = SigningKey.load(folder, "sessions")
    issued = datetime(2020, 1, 1, tzinfo=UTC)
    good = issue(key, STAFF, now=issued, lifetime=now() - issued + timedelta(minutes=1))
    assert verify(good, KeyRing(folder)) == STAFF
