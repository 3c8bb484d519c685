"""What stands on the pages, in the language of whoever reads them."""

from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from services.gateway.languages import CATALOGUES, SOURCE


class Words:
    """Says a text, which stands in the code in German, in a language, with the values it has places for."""

    def __init__(self, language: str) -> None:
        self._catalogue = None if language == SOURCE else _catalogue(language)

    def __call__(self, text: str, **values: str) -> str:
        """Texts that the pages don't have, such as what people wrote, stay as they are."""
        message = self._catalogue.get(text) if self._catalogue else None
        said = str(message.string) if message else text
        return said % values if values else said


@cache
def _catalogue(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)
