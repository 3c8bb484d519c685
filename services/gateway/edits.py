"""What a person changed in a form, beside what others have changed of the same thing since it was shown.

A form carries what it showed. What was left alone is not sent, and stays as others have made it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from flask import request

from services.gateway.fields import Field, shown
from services.gateway.forms import Form, typed
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated

# What a form calls the value that it showed in a field; `_parts.html` writes it.
SHOWN = "shown-"
UNCHANGED = translatable("Sie haben nichts geändert.")
OVERTAKEN = translatable(
    "Inzwischen wurde etwas davon geändert; gespeichert ist noch nichts. Senden Sie das Formular noch "
    "einmal, dann gilt, was jetzt darin steht."
)


@dataclass(frozen=True)
class Edit:
    """An item as it is now, and the texts by field that its form showed and that came back.

    What a form doesn't say of what it showed counts as changed by the person, and by nobody else.
    """

    fields: Sequence[Field]
    item: Mapping[str, Any]
    shown: Mapping[str, str]
    sent: Mapping[str, str]

    @classmethod
    def in_the_form(cls, fields: Sequence[Field], item: Mapping[str, Any]) -> Self:
        names = [field.name for field in fields]
        return cls(fields, item, shown_before(names), typed(*names))

    @property
    def arguments(self) -> dict[str, Any]:
        """What was changed; of a value in parts, the others as they are now."""
        return {
            field.name: field.given(self.sent[field.name]) if self._changed(field) else self.item[field.name]
            for field in self.fields
            if self._concerns(field)
        }

    @property
    def overtaken(self) -> list[Field]:
        """Where somebody else has changed what the person changed, to something else."""
        return [field for field in self.fields if self._concerns(field) and self._moved(field)]

    @property
    def form(self) -> Form:
        """What was sent, to be shown again beside what is wrong with it."""
        return Form(self.sent, shown=self.shown)

    @property
    def once_more(self) -> Form:
        """How things are now, and what the person changed; sent again, that is saved."""
        kept = {field.name: self.sent[field.name] for field in self.fields if self._concerns(field)}
        return Form(
            self._now | kept,
            {field.name: _told(field, self._now[field.name]) for field in self.overtaken},
            translated(OVERTAKEN),
            shown=self._now,
        )

    @cached_property
    def _now(self) -> dict[str, str]:
        return shown(self.fields, self.item)

    @cached_property
    def _changed_values(self) -> set[str]:
        return {field.whole for field in self.fields if self._changed(field)}

    def _concerns(self, field: Field) -> bool:
        return field.whole in self._changed_values

    def _changed(self, field: Field) -> bool:
        before = self.shown.get(field.name)
        return before is None or not field.same(before, self.sent[field.name])

    def _moved(self, field: Field) -> bool:
        present = self._now[field.name]
        before = self.shown.get(field.name, present)
        return not field.same(before, present) and not field.same(self.sent[field.name], present)


def begun(fields: Sequence[Field], item: Mapping[str, Any]) -> Form:
    """The form that shows an item."""
    values = shown(fields, item)
    return Form(values, shown=values)


def shown_before(names: Iterable[str]) -> dict[str, str]:
    """What the form that was sent had shown under these names, as far as it says."""
    carried = {name: SHOWN + name for name in names if SHOWN + name in request.form}
    texts = typed(*carried.values())
    return {name: texts[key] for name, key in carried.items()}


def is_outdated(told: Mapping[str, str]) -> bool:
    """Whether the form that was sent had told something else under a name."""
    before = shown_before(told)
    return any(before[name] != told[name] for name in before)


def _told(field: Field, present: str) -> str:
    said = field.said(present)
    return _("Inzwischen geändert in: %(value)s", value=said) if said else _("Inzwischen gelöscht.")
