"""How texts are folded to be compared: into words that a search finds, and into a place in the alphabet."""

import re
import unicodedata
from collections.abc import Iterable

# Longer than any word that people search for; it bounds what the index holds.
WORD_CHARACTERS = 40
KEY_CHARACTERS = 200
_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"[^\s@]+@\S*")
# A vowel with its umlaut written out reads as the vowel: Mueller, Müller and Muller are one name.
_WRITTEN_OUT = re.compile("([aou])e")
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def words(texts: Iterable[str | None]) -> set[str]:
    """The words that `texts` are found by: letters and digits in a row, and addresses as a whole, folded."""
    given = [_folded(text) for text in texts if text is not None]
    return {_short(word) for text in given for word in (*_WORD.findall(text), *_ADDRESS.findall(text))}


def wanted(search: str) -> set[str]:
    """What a search asks for: beginnings of `words`."""
    folded = _folded(search)
    apart = _WORD.findall(_ADDRESS.sub(" ", folded))
    return {_short(word) for word in (*apart, *_ADDRESS.findall(folded))}


def sort_key(name: str) -> str:
    """What to compare names by, code point by code point, for the order of DIN 5007-1 (ä as a, ß as ss)."""
    return " ".join(_WORD.findall(_folded(name)))[:KEY_CHARACTERS]


def _folded(text: str) -> str:
    """Without case, accents, umlauts and ligatures."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    letters = (character for character in apart if not unicodedata.combining(character))
    return "".join(letters).translate(_LETTERS)


def _short(word: str) -> str:
    return _WRITTEN_OUT.sub(r"\1", word)[:WORD_CHARACTERS]
