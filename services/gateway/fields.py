"""The fields of a form, and what is passed on to a service of what was typed into them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.gateway import formatting, languages
from services.gateway.forms import tidied
from shared import formats
from shared.contracts.values import Language

YES = "yes"
LINES = "lines"
CHOICE = "choice"
DATE = "date"
MOMENT = "datetime-local"
COORDINATE = "coordinate"
MONEY = "money"
LANGUAGES = tuple((language.value, name) for language, name in languages.NAMES.items())
# The last mark before one or two digits begins the cents; whatever else parts digits is for the eye.
_CENTS = re.compile(r"^([-\N{MINUS SIGN}]?)([\d.,' ]*?)(?:[.,](\d{1,2}))?$")


@dataclass(frozen=True)
class Field:
    """`kind` is what a browser calls it, or one of the above. `choices` are values with their words.

    Fields with the same `part_of` are one value, which is judged and changed as a whole.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    optional: bool = False
    choices: Sequence[tuple[str, str]] = ()
    suggestions: Sequence[str] = ()
    autocomplete: str = "off"
    part_of: str = ""

    @property
    def whole(self) -> str:
        """The name of the value that this is, or is a part of."""
        return self.part_of or self.name

    def given(self, typed: str) -> Any:
        """What the service gets. It judges what makes no sense here, so that is passed on as it is."""
        if self.kind == YES:
            return typed == YES
        if not typed:
            return None if self.optional or self.kind not in ("text", LINES, "email", "tel") else ""
        return _READ.get(self.kind, str)(typed)

    def shown(self, value: Any) -> str:
        """A value of the service as the form holds it."""
        if value is None:
            return ""
        if self.kind == YES:
            return YES if value else ""
        if self.kind == MOMENT:
            return local(datetime.fromisoformat(value))
        if self.kind == COORDINATE:
            return written(round(value, 6))
        return str(value)

    def said(self, typed: str) -> str:
        """What the form holds as people read it; nothing where it holds nothing."""
        if not typed:
            return ""
        if self.kind in _SAID:
            return _SAID[self.kind](self.given(typed))
        return dict(self.choices).get(typed, typed)

    def same(self, one: str, other: str) -> bool:
        """Whether two texts stand for the same value."""
        return bool(self.given(one) == self.given(other))


def given(fields: Sequence[Field], values: Mapping[str, str]) -> dict[str, Any]:
    """The arguments that the fields stand for."""
    return {field.name: field.given(values[field.name]) for field in fields}


def shown(fields: Sequence[Field], item: Mapping[str, Any]) -> dict[str, str]:
    """What the fields hold, to change an item that there is; as it comes back when nobody changes it."""
    return {field.name: tidied(field.shown(item[field.name])) for field in fields}


def written(number: float) -> str:
    """`48,3715`, or in English `48.3715`."""
    return str(number).replace(".", "," if languages.current() is Language.GERMAN else ".")


def local(value: datetime) -> str:
    """A moment as the provider's clocks show it, to the minute."""
    return value.astimezone(formats.TIME_ZONE).strftime("%Y-%m-%dT%H:%M")


def _moment(typed: str) -> str:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=formats.TIME_ZONE).isoformat()
    except ValueError:
        return typed


def _coordinate(typed: str) -> float | str:
    try:
        return float(typed.replace(",", "."))
    except ValueError:
        return typed


def _money(typed: str) -> dict[str, str]:
    """`1.299,90`, `1,299.90`, `1299.9` and `1.299` are all that many euros."""
    amount = typed.removesuffix("€").strip()
    if found := _CENTS.match(amount):
        whole = re.sub(r"\D", "", found[2])
        amount = f"{'-' if found[1] else ''}{whole or 0}.{(found[3] or '').ljust(2, '0')}"
    return {"amount": amount, "currency": "EUR"}


_READ: dict[str, Callable[[str], Any]] = {MOMENT: _moment, COORDINATE: _coordinate, MONEY: _money}
_SAID: dict[str, Callable[[Any], str]] = {
    MOMENT: formatting.moment,
    DATE: formatting.day,
    MONEY: formatting.money,
}
