"""What people type into forms, and how they are told what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import request

from shared.contracts.errors import ValidationFailed

FILL_IN = "Bitte füllen Sie dieses Feld aus."
CHOOSE = "Bitte wählen Sie etwas aus."
CHECK = "Bitte prüfen Sie diese Angabe."

# The services' messages, and what is said at the field instead; `{0}` is the first number in it.
_GERMAN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), german)
    for pattern, german in (
        (r"Missing data|may not be null|May not be blank", FILL_IN),
        (r"Shorter than minimum length 1\.", FILL_IN),
        (r"between (\d+) and (\d+)", "Bitte geben Sie {0} bis {1} Zeichen ein."),
        (r"Shorter than minimum length (\d+)", "Bitte geben Sie mindestens {0} Zeichen ein."),
        (r"Must have (\d+) to (\d+) characters", "Bitte geben Sie {0} bis {1} Zeichen ein."),
        (r"Too easy to guess", "Das ist zu leicht zu erraten. Nehmen Sie mehr oder seltenere Wörter."),
        (r"Longer than maximum length (\d+)", "Bitte geben Sie höchstens {0} Zeichen ein."),
        (r"Not a valid UUID|Must be one of", CHOOSE),
        (r"Contains characters", "Bitte entfernen Sie Sonderzeichen, die nicht angezeigt werden können."),
        (r"Not an e-mail address", "Bitte geben Sie eine E-Mail-Adresse ein, etwa maria.huber@example.com."),
        (r"Not a phone number", "Bitte geben Sie eine Telefonnummer ein, etwa +49 89 123456."),
        (r"Not found among your sites", "Das gibt es nicht mehr. Bitte wählen Sie etwas anderes."),
        (r"not at the chosen site", "Diese Anlage gehört zu einem anderen Einsatzort."),
    )
)


@dataclass
class Form:
    """The values of a form by field, as typed, and its errors; those of no field stand above it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    message: str | None = None

    @property
    def refused(self) -> bool:
        return bool(self.errors or self.message)


def typed(*names: str) -> dict[str, str]:
    """The named fields of the form that was sent, without blanks around them."""
    return {name: _text(name).strip() for name in names}


def secret(name: str) -> str:
    """A password, exactly as it was typed."""
    return request.form.get(name, "")


def command_id() -> str | None:
    """The id that makes a form that is sent twice count once."""
    return request.form.get("command_id") or None


def new_command_id() -> str:
    return str(uuid4())


def refused(values: Mapping[str, str], error: ValidationFailed) -> Form:
    """The form again, with what a service found wrong at the fields that the form has."""
    errors = {
        name: german(messages, values[name]) for name, messages in error.fields.items() if name in values
    }
    strange = error.fields.keys() - errors.keys()
    return Form(values, errors, f"{CHECK} ({', '.join(sorted(strange))})" if strange else None)


def german(messages: Any, value: str) -> str:
    """What to tell about a field that holds `value` and for which a service gave these messages."""
    first = str(messages[0] if isinstance(messages, list) and messages else messages)
    for pattern, text in _GERMAN:
        if match := pattern.search(first):
            return FILL_IN if not value and text is not CHOOSE else text.format(*map(_number, match.groups()))
    return CHECK


def _number(digits: str) -> str:
    return f"{int(digits):,}".replace(",", ".")


def _text(name: str) -> str:
    """Browsers send line breaks as CR LF and count them as one character."""
    return request.form.get(name, "").replace("\r\n", "\n")
