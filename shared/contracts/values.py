"""Values that several services share."""

import enum
from dataclasses import dataclass
from decimal import Decimal

from marshmallow import validate

from shared.contracts.declare import declared, message, text

CURSOR_CHARACTERS = 500
NAME_CHARACTERS = 200
ADDRESS_CHARACTERS = 500
NOTE_CHARACTERS = 2_000
PHONE = validate.Regexp(r"^\+?[0-9 ()/.\-]{3,40}$", error="Not a phone number, such as +49 89 123456.")
EMAIL = validate.Email(error="Not an e-mail address, such as maria.huber@example.com.")


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


def phone(*, personal: str | None = None) -> str | None:
    """An optional phone number."""
    value: str | None = declared(PHONE, lines=False, personal=personal, default=None)
    return value
