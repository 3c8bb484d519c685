"""The secrets in links: long, and kept as hashes."""

import base64
from hashlib import sha256

from services.invitation import tokens


def test_a_secret_has_256_bits_and_no_two_are_the_same():
    made = {tokens.new_token() for _ in range(100)}
    assert len(made) == 100
    assert {len(base64.urlsafe_b64decode(f"{each}=")) for each in made} == {32}


def test_what_is_kept_is_a_hash_of_it():
    token = tokens.new_token()
    assert tokens.token_hash(token) == sha256(token.encode()).digest()
