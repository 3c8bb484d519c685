"""Which language a page speaks: that of the account, else the browser's; and the catalogues of texts.

The texts stand in the code in German. `translations/<language>.po` says them in the other languages.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

import flask_babel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request

from services.gateway import session
from shared.contracts.values import Language

SOURCE = Language.GERMAN
# What each is called by those who speak it.
NAMES = {Language.GERMAN: "Deutsch", Language.ENGLISH: "English"}
CATALOGUES = Path(__file__).parent / "translations"


def register(app: Flask) -> None:
    """Let the application's texts follow the language of whoever asks."""
    babel = flask_babel.Babel(app, default_locale=SOURCE, locale_selector=current)
    babel.domain_instance = _Catalogues()


def current() -> Language:
    """The language of the request that is answered."""
    if not has_request_context():
        return SOURCE
    return session.language() or _of_browser() or SOURCE


def translatable(text: str) -> str:
    """Marks a text that is written down in one place and translated in another, where it is shown."""
    return text


def translated(text: str) -> str:
    """A text that was marked, in the language of the request."""
    return gettext(text)


def gettext(text: str, **values: object) -> str:
    """A text in the language of the request, with the values that it has places for, as `%(name)s`."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, several: str, count: int, **values: object) -> str:
    """The text for so many, which are `%(num)s` in it."""
    return str(flask_babel.ngettext(one, several, count, **values))


class _Catalogues(flask_babel.Domain):  # type: ignore[misc]
    """Reads catalogues as translators write them, so that none can be out of date."""

    def get_translations(self) -> NullTranslations:
        return _catalogue(current())


@cache
def _catalogue(language: Language) -> NullTranslations:
    if language is SOURCE:
        return NullTranslations()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _of_browser() -> Language | None:
    """The first of the browser's languages that is one of ours, whichever country's it is."""
    wanted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((Language(tag) for tag in wanted if tag in set(Language)), None)
