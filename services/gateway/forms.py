"""What people type into forms, and how they are told what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from flask import request

from services.gateway import languages
from services.gateway.languages import translatable, translated
from shared.contracts.errors import ValidationFailed
from shared.contracts.values import Language

FILL_IN = translatable("Bitte füllen Sie dieses Feld aus.")
CHOOSE = translatable("Bitte wählen Sie etwas aus.")
CHECK = translatable("Bitte prüfen Sie diese Angabe.")

# The services' messages, and what is said at the field instead; `{0}` is the first number in it.
_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Missing data|may not be null|May not be blank|Needed for a document", FILL_IN),
        (r"Shorter than minimum length 1\.", FILL_IN),
        (r"between (\d+) and (\d+)", translatable("Bitte geben Sie {0} bis {1} Zeichen ein.")),
        (r"Shorter than minimum length (\d+)", translatable("Bitte geben Sie mindestens {0} Zeichen ein.")),
        (r"Must have (\d+) to (\d+) characters", translatable("Bitte geben Sie {0} bis {1} Zeichen ein.")),
        (
            r"Too easy to guess",
            translatable("Das ist zu leicht zu erraten. Nehmen Sie mehr oder seltenere Wörter."),
        ),
        (r"Longer than maximum length (\d+)", translatable("Bitte geben Sie höchstens {0} Zeichen ein.")),
        (r"not the current password", translatable("Das ist nicht Ihr jetziges Passwort.")),
        (r"Not a valid UUID|Must be one of", CHOOSE),
        (
            r"Contains characters",
            translatable("Bitte entfernen Sie Sonderzeichen, die nicht angezeigt werden können."),
        ),
        (
            r"Not an e-mail address|An e-mail address has",
            translatable("Bitte geben Sie eine E-Mail-Adresse ein, etwa maria.huber@example.com."),
        ),
        (r"Not a phone number", translatable("Bitte geben Sie eine Telefonnummer ein, etwa +49 89 123456.")),
        (
            r"Not found among your sites",
            translatable("Das gibt es nicht mehr. Bitte wählen Sie etwas anderes."),
        ),
        (r"not at the chosen site", translatable("Diese Anlage gehört zu einem anderen Einsatzort.")),
        (r"Must be after the start", translatable("Das Ende muss nach dem Beginn liegen.")),
        (
            r"Must not be over",
            translatable("Diese Zeit ist schon vorbei. Bitte wählen Sie eine, die noch kommt."),
        ),
        (
            r"has at most (\d+) days",
            translatable("Ein Termin dauert höchstens {0} Tage. Bitte planen Sie mehrere."),
        ),
        (r"Give both latitude", translatable("Bitte geben Sie beide Koordinaten an, oder keine von beiden.")),
        (
            r"greater than or equal to (-?\d+) and less than or equal to (\d+)",
            translatable("Bitte geben Sie eine Zahl von {0} bis {1} ein."),
        ),
        (r"Must not be negative", translatable("Ein Betrag darf nicht negativ sein.")),
        (r"An offer is about more than 0", translatable("Ein Angebot braucht einen Betrag über 0 €.")),
        (r"Not a valid number|Not an amount", translatable("Bitte geben Sie eine Zahl ein.")),
        (r"Not a date", translatable("Bitte geben Sie ein Datum an.")),
        (r"Not a time", translatable("Bitte geben Sie Datum und Uhrzeit an.")),
        (r"Must lie in the years", translatable("Bitte wählen Sie einen Tag in den Jahren 1900 bis 2200.")),
        (r"Must not be in the past", translatable("Bitte wählen Sie einen Tag, der noch nicht vorbei ist.")),
        (r"not the site of the order", translatable("Der Auftrag gehört zu einem anderen Einsatzort.")),
        (r"content is no application/pdf", translatable("Diese Datei ist kein PDF.")),
        (r"at most (\d+) MiB", translatable("Diese Datei ist zu groß. Erlaubt sind {0} MB.")),
        (
            r"Not a name of a file",
            translatable("Bitte geben Sie der Datei einen anderen Namen, etwa Angebot 4711.pdf."),
        ),
        (
            r"upload (?:it|the file)|hexadecimal digits",
            translatable("Bitte wählen Sie die Datei noch einmal aus."),
        ),
    )
)


@dataclass
class Form:
    """The values of a form by field, as typed, and its errors; those of no field stand above it.

    `shown` is what it showed at first, which it carries with it (see `edits`).
    """

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    message: str | None = None
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return bool(self.errors or self.message)


def typed(*names: str) -> dict[str, str]:
    """The named fields of the form that was sent, without blanks around them."""
    return {name: tidied(request.form.get(name, "")) for name in names}


def checked(name: str) -> bool:
    """Whether a box was ticked."""
    return bool(request.form.get(name))


def secret(name: str) -> str:
    """A password, exactly as it was typed."""
    return request.form.get(name, "")


def command_id() -> str | None:
    """The id that makes a form that is sent twice count once."""
    return request.form.get("command_id") or None


def new_command_id() -> str:
    return str(uuid4())


def refused(values: Mapping[str, str], error: ValidationFailed) -> Form:
    """A form with these values again, with what a service found wrong at the fields that it has."""
    return again(Form(values), error)


def again(form: Form, error: ValidationFailed) -> Form:
    """The form, with what a service found wrong at the fields that it has."""
    values = form.values
    errors = {name: said(messages, values[name]) for name, messages in error.fields.items() if name in values}
    strange = error.fields.keys() - errors.keys()
    message = f"{translated(CHECK)} ({', '.join(sorted(strange))})" if strange else None
    return replace(form, errors=errors, message=message)


def said(messages: Any, value: str) -> str:
    """What to tell about a field that holds `value` and for which a service gave these messages."""
    first = str(messages[0] if isinstance(messages, list) and messages else messages)
    for pattern, text in _SAID:
        if match := pattern.search(first):
            text = FILL_IN if not value and text is not CHOOSE else text
            return translated(text).format(*map(number, match.groups()))
    return translated(CHECK if value else FILL_IN)


def number(digits: str | int) -> str:
    """`10000` → `10.000`, or in English `10,000`."""
    english = f"{int(digits):,}"
    return english.replace(",", ".") if languages.current() is Language.GERMAN else english


def missing(*names: str) -> dict[str, str]:
    """What is said at fields that must be filled in."""
    return dict.fromkeys(names, translated(FILL_IN))


def tidied(text: str) -> str:
    """Browsers send line breaks as CR LF and count them as one character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
