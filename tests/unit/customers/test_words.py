"""Names that people take for the same are found by each other's beginnings, and stand side by side."""

import pytest
from hypothesis import example
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.customers.words import KEY_CHARACTERS, WORD_CHARACTERS, sort_key, wanted, words


@pytest.mark.parametrize(
    "spellings",
    [
        ("Müller", "MUELLER", "muller", "Mu\u0308ller"),
        ("Weiß", "Weiss", "WEISS", "weiẞ"),
        ("André", "Andre", "ANDRÉ"),
        ("Łukasz", "Lukasz"),
        ("Søren", "Soeren", "Soren", "Sören"),
        ("Æther", "Aether", "Ather", "Äther"),
        ("ﬁlm", "Film", "ＦＩＬＭ"),
        ("Ἀθήνα", "αθηνα"),
    ],
)
def test_spellings_of_one_name_are_one_word(spellings):
    assert len({frozenset(words([spelling])) for spelling in spellings}) == 1


def test_different_names_are_different_words():
    assert len(words(["Maier", "Mayer", "Meier", "Müller", "Möller", "Miller"])) == 6


def test_a_text_falls_apart_where_letters_and_digits_end():
    assert words(["K-17/a", None, "Öl & Gas_Wärme 🛢"]) == {"k", "17", "a", "ol", "gas", "warme"}


def test_an_address_is_found_by_its_parts_and_asked_for_as_a_whole():
    assert words(["zoe.oeztuerk@example.com"]) == {"zo", "ozturk", "example", "com", "zo.ozturk@example.com"}
    assert wanted("Öztürk zoe.oe@ex") == {"ozturk", "zo.o@ex"}
    assert wanted("@example") == {"example"}


@for_all(st.text(st.sampled_from("aeouäßæé@.- K1") | st.characters(), max_size=30), st.integers(0, 30))
@example("joerg@example.com", 6)
@example("Bauer", 3)
def test_whatever_a_text_begins_with_finds_it(text, length):
    folded = words([text])
    beginning = " ".join(word[:length] for word in text.split())
    for each in wanted(beginning):
        assert any(word.startswith(each) for word in folded)


@for_all(st.text())
def test_case_makes_no_difference(text):
    assert words([text.casefold()]) == words([text])


@for_all(st.text(max_size=300))
def test_what_the_index_holds_is_bounded(text):
    assert all(0 < len(word) <= WORD_CHARACTERS for word in words([text]))
    assert len(sort_key(text)) <= KEY_CHARACTERS


def test_the_longest_sequence_that_unicode_unfolds_to_stays_within_bounds():
    assert len(sort_key("\ufdfa" * 200)) == KEY_CHARACTERS


def test_names_sort_as_in_a_german_directory():
    names = [
        "ähnlich",
        "Ahorn",
        "Apfel",
        "Müller",
        "Muff",
        "„Öl“",
        "Olm",
        "Straße",
        "Strassen",
        "Zebra",
        "3 Könige",
    ]
    assert sorted(names, key=sort_key) == [
        *(
            "3 Könige",
            "ähnlich",
            "Ahorn",
            "Apfel",
            "Muff",
            "Müller",
            "„Öl“",
            "Olm",
            "Straße",
            "Strassen",
            "Zebra",
        )
    ]
