"""Rating a password costs little, whatever somebody thinks up to make it cost much, and stays fair."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from zxcvbn import matching

from shared.identity.strength import LENGTH, strength

# A rating of some hundredths of a second.
MOST_LOOKED_UP = 10_000
LOOKS_LIKE_LETTERS = "4@8({[<369&#!1/|0$5+7%2"


@pytest.fixture(scope="module")
def looked_up() -> Any:
    """Counts the parts of passwords that zxcvbn looks up in its dictionaries: they take its time."""
    count = [0]
    match: Callable[..., Any] = matching.dictionary_match

    def counting(password: str, *given: Any, **named: Any) -> Any:
        count[0] += len(password) * (len(password) + 1) // 2
        return match(password, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "dictionary_match", counting)
        yield count


@given(st.text(st.sampled_from(LOOKS_LIKE_LETTERS + "abc ") | st.characters(codec="utf-8"), max_size=200))
@example(LOOKS_LIKE_LETTERS * 6)
@example("({[<1!|7+" * 15)
@example("({[<1!|7+4@$569" * 9)
@example("p4ssw0rdP@$$w0rd1!|({[<+7" * 6)
@example("".join(map(chr, range(33, 127))))
def test_no_password_takes_long_to_rate(looked_up: list[int], password: str) -> None:
    looked_up[0] = 0
    strength(password)
    assert looked_up[0] <= MOST_LOOKED_UP


def test_endless_words_of_its_owner_are_cut_short() -> None:
    strength("Neun Brezen am Morgen", (f"wort{number} " * 1_000 for number in range(8_000)))
    kept = matching.RANKED_DICTIONARIES["user_inputs"]
    assert len(kept) <= 1_000
    assert max(map(len, kept)) <= 400


@pytest.mark.parametrize(
    "password",
    [
        LOOKS_LIKE_LETTERS[:12],
        LOOKS_LIKE_LETTERS * 5,
        "Neun Brezen am Morgen, " * 5,
        "Ein Heizkessel und 4@8({[<369&#!1/|0$5+7%2",
        "({[<1!|7+4@$569",
    ],
)
def test_a_long_password_that_begins_well_is_taken(password: str) -> None:
    assert strength(password).is_enough


@pytest.mark.parametrize(
    "password", ["password" * 16, "a" * LENGTH[1], "abcdefghijkl" * 10, "qwertzuiop" * 12, "P4ssw0rd" * 10]
)
def test_a_long_password_that_repeats_little_is_refused(password: str) -> None:
    assert not strength(password).is_enough


@pytest.mark.parametrize(("characters", "has_length"), [(11, False), (12, True), (128, True), (129, False)])
def test_a_password_has_12_to_128_characters(characters: int, has_length: bool) -> None:
    assert strength("x" * characters).has_length is has_length
