"""A password must be hard to guess also for who knows its owner; the owner's own words count for nothing."""

import pytest
from argon2 import PasswordHasher, extract_parameters

from services.invitation.passwords import check_strength, hashed, matches
from shared.contracts.errors import ValidationFailed

OWNER = ["joerg.suess@example.com", "Jörg", "Süß", "Bäckerei Süß & Söhne GmbH", "am Lech"]


@pytest.mark.parametrize(
    "password",
    [
        "Jörg Süß Jörg Süß",
        "JörgSüßJörgSüß",
        "süß-jörg-2026!",
        "Bäckerei Süß 1",
        "joerg.suess@example.com",
        "SÖHNE BÄCKEREI JÖRG",
    ],
)
def test_what_is_made_of_its_owners_words_is_refused(password):
    with pytest.raises(ValidationFailed) as refused:
        check_strength(password, personal=OWNER)
    assert "Too easy to guess." in refused.value.fields["password"]


@pytest.mark.parametrize(
    "password", ["Jörg Kesselwagen Nachtfalter", "Neun Brezen am Morgen", "x7Qp!fz2Lk9w"]
)
def test_what_is_hard_to_guess_without_the_owners_words_is_taken(password):
    check_strength(password, personal=OWNER)


def test_a_password_is_also_rated_where_nothing_is_known_of_its_owner():
    check_strength("Neun Brezen am Morgen")
    with pytest.raises(ValidationFailed):
        check_strength("password1234")


@pytest.mark.parametrize("has_account", [True, False])
def test_a_wrong_password_costs_one_hash_whether_there_is_an_account_or_not(has_account, monkeypatch):
    compared = []
    verify = PasswordHasher.verify

    def noting(hasher, kept, password):
        compared.append(kept)
        return verify(hasher, kept, password)

    kept = hashed("Neun Brezen am Morgen")
    monkeypatch.setattr(PasswordHasher, "verify", noting)
    assert not matches("Zehn Brezen am Morgen", kept if has_account else None)
    assert [extract_parameters(each) for each in compared] == [extract_parameters(kept)]
