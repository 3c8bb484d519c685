"""Values that several services share."""

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, validate

from shared.contracts.declare import declared, message, text

NAME_CHARACTERS = 200
# In base64, the longest place in a list, of two names in letters of four bytes and two ids, takes 2,247.
CURSOR_CHARACTERS = 2_500
ADDRESS_CHARACTERS = 500
NOTE_CHARACTERS = 2_000
PHONE = validate.Regexp(r"^\+?[0-9 ()/.\-]{3,40}$", error="Not a phone number, such as +49 89 123456.")


class _Email(validate.Email):
    """An address that every mail server can be given, with nothing but ASCII before the @."""

    def __call__(self, value: str) -> str:
        if not value.rpartition("@")[0].isascii():
            raise ValidationError(self._format_error(value))
        return super().__call__(value)


EMAIL = _Email(error="Not an e-mail address, such as maria.huber@example.com.")


class Language(enum.StrEnum):
    """A language that people get mails and pages in (ISO 639-1)."""

    GERMAN = "de"
    ENGLISH = "en"


class CallerKind(enum.StrEnum):
    """Whom a caller's token stands for."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SERVICE = "service"
    OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount in a currency (ISO 4217), with two decimals, as in invoices."""

    amount: Decimal = declared(validate.Range(min=0, max=10**9))
    currency: str = declared(validate.OneOf(["EUR"]), default="EUR")


@message
class Nothing:
    """A call without arguments."""


@message
class Listing:
    """A call for a page of a list."""

    cursor: str | None = text(maximum=CURSOR_CHARACTERS, default=None)


@message
class Page:
    """A page of a list: `items`, which each list declares, and the cursor of the next page, if there is."""

    next: str | None


def phone(*, default: Any = None) -> Any:
    """An optional phone number."""
    return declared(PHONE, lines=False, default=default)
