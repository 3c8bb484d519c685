"""Marshmallow fields for the values that come in from outside, which take nothing that only looks right."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields

from shared.contracts.position import Position

# Control characters, and halves of a surrogate pair, which UTF-8 can't hold.
_NOT_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Those, line breaks, and what makes a line read as another one: embeddings, overrides, isolates of direction.
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Blanks, and what Unicode calls default ignorable or draws as nothing.
_VISIBLE = re.compile(
    r"[^\s\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# Without a sign, an exponent, or digits of other scripts; more than two decimals are no money.
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
_CENT = Decimal("0.01")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
# Far from where a time can't be converted to UTC any more, and from slips of the keyboard.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_FIRST_MOMENT, _END = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC)


def is_visible(text: str) -> bool:
    """Whether there is anything to be seen of it."""
    return _VISIBLE.search(text) is not None


class Text(fields.String):
    """A text without control characters and, unless it may have lines, without line breaks."""

    def __init__(self, *, lines: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._refused = _NOT_IN_LINES if lines else _NOT_IN_A_LINE

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if self._refused.search(value):
            raise ValidationError("Contains characters that can't be used in a text.")
        if value and not is_visible(value):
            raise ValidationError("May not be blank.")
        return value.strip()

    def _validate(self, value: Any) -> None:
        # marshmallow would make an object to call no validators with.
        if self.validators:
            super()._validate(value)


class Object(fields.Nested):
    """An object with fields of its own."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        return super()._deserialize(value, *args, **kwargs)


class Secret(fields.String):
    """A text that is taken exactly as it comes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        secret = super()._deserialize(value, attr, data, **kwargs)
        if any("\ud800" <= character <= "\udfff" for character in secret):
            raise self.make_error("invalid_utf8")
        return secret


class Flag(fields.Boolean):
    """True or false, and nothing that only looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Identifier(fields.UUID):
    """A UUID in its usual text form."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str | UUID) or len(str(value)) != 36:
            raise self.make_error("invalid_uuid")
        return super()._deserialize(value, attr, data, **kwargs)


class PositionToken(fields.Field[Position]):
    """A position token `p:n`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return Position.parse(value)
        except (TypeError, ValueError):
            raise ValidationError("Not a position token like '3:1042'.") from None


class Number(fields.Float):
    """A finite number, not a text of digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Moment(fields.Field[datetime]):
    """A time with its offset as RFC 3339 writes it, seconds optional."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(_written(_MOMENT, value))
        except ValueError:
            raise ValidationError("Not a time with an offset, such as 2026-03-01T08:00:00+01:00.") from None
        if not _FIRST_MOMENT <= moment < _END:
            raise _too_far()
        return moment


class Day(fields.Field[date]):
    """A date, YYYY-MM-DD."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        try:
            day = date.fromisoformat(_written(_DAY, value))
        except ValueError:
            raise ValidationError("Not a date, such as 2026-03-01.") from None
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise _too_far()
        return day


class Amount(fields.Field[Decimal]):
    """An amount of money as text, such as "129.90"; one with fewer decimals is given two."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            return Decimal(_written(_AMOUNT, value)).quantize(_CENT)
        except ValueError:
            if isinstance(value, str) and value[:1] == "-" and _AMOUNT.fullmatch(value[1:]):
                raise ValidationError("Must not be negative.") from None
            raise ValidationError("Not an amount as text with two decimals, such as 129.90.") from None


def _written(form: re.Pattern[str], value: Any) -> str:
    """A text of that form, which is narrower than what Python reads; raises ValueError."""
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError
    return value.upper()


def _too_far() -> ValidationError:
    return ValidationError(f"Must lie in the years {_FIRST_YEAR} to {_LAST_YEAR}.")
