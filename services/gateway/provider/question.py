"""A page that asks for something, and the command that follows from the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway import edits, session
from services.gateway.edits import Edit
from services.gateway.fields import Field, given
from services.gateway.forms import Form, again, command_id, new_command_id, typed
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from services.gateway.provider.refusals import REFUSALS, why
from shared.contracts.errors import Conflict, PortalError, ValidationFailed

OUTDATED = translatable(
    "Das hat sich inzwischen geändert; geschehen ist noch nichts. Bitte lesen Sie noch einmal, worum es geht."
)


@dataclass(frozen=True)
class Question:
    """What the page says and asks, in the language of the page; `back` is where it leads in any case.

    `text` says what will happen. `told` is what that depends on and others may change meanwhile; if they do,
    the page asks again. `template` is for what the page has beside its fields.
    """

    area: str
    title: str
    button: str
    back: str
    fields: Sequence[Field] = ()
    text: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    danger: bool = False
    template: str = "provider/question.html"

    @property
    def labels(self) -> dict[str, str]:
        """What the fields are called, by their names."""
        return {each.name: each.label for each in self.fields}

    def run(
        self,
        target: str,
        arguments: Mapping[str, Any],
        done: str,
        *,
        values: Mapping[str, str] | None = None,
        then: Callable[[dict[str, Any]], str] | None = None,
    ) -> ResponseReturnValue:
        """Show the page with these values, or, once it is sent, run the command and go back.

        `target` is `service.method`; the fields' values are added to its arguments. `then` says where
        to go instead, from what the command answered.
        """
        if request.method != "POST":
            return self.show(Form(values or {}, shown=self.told))
        form = Form(typed(*self.labels), shown=self.told)
        if edits.is_outdated(self.told):
            return self.show(replace(form, message=translated(OUTDATED))), 409
        return self._send(form, target, {**arguments, **given(self.fields, form.values)}, done, then)

    def change(
        self, target: str, arguments: Mapping[str, Any], done: str, *, item: Mapping[str, Any]
    ) -> ResponseReturnValue:
        """Show the page with the item's values, or, once it is sent, save those that the person changed.

        If somebody else has changed the same meanwhile, nothing is saved, and the page asks again.
        """
        if request.method != "POST":
            return self.show(edits.begun(self.fields, item))
        edit = Edit.in_the_form(self.fields, item)
        if edit.overtaken:
            return self.show(edit.once_more), 409
        if not edit.arguments:
            flash(translated(edits.UNCHANGED), "info")
            return redirect(self.back, 303)
        return self._send(edit.form, target, {**arguments, **edit.arguments}, done)

    def _send(
        self,
        form: Form,
        target: str,
        arguments: Mapping[str, Any],
        done: str,
        then: Callable[[dict[str, Any]], str] | None = None,
    ) -> ResponseReturnValue:
        try:
            answer = call(target, **arguments)
        except ValidationFailed as error:
            return self.show(again(form, error), command=command_id()), 422
        except Conflict as error:
            if not self.fields:
                return overtaken(error, self.back)
            return self.show(replace(form, message=why(error))), 409
        except REFUSALS as error:
            return overtaken(error, self.back)
        flash(done, "success")
        return redirect(then(answer) if then else self.back, 303)

    def show(self, form: Form, *, command: str | None = None) -> str:
        return render_template(
            self.template,
            question=self,
            form=form,
            command_id=command or new_command_id(),
        )


def act(
    target: str,
    arguments: Mapping[str, Any],
    done: str,
    *,
    back: str,
    told: Mapping[str, str] = MappingProxyType({}),
) -> ResponseReturnValue:
    """Run the command of a button that asks nothing, then show the page that it is on.

    `told` is what the page says of what will happen. If that is no longer so, nothing is done.
    """
    if edits.is_outdated(told):
        flash(translated(OUTDATED), "warning")
        return redirect(back, 303)
    try:
        call(target, **arguments)
    except REFUSALS as error:
        return overtaken(error, back)
    flash(done, "success")
    return redirect(back, 303)


def overtaken(error: PortalError, back: str) -> ResponseReturnValue:
    """Say why it was not done, on the page that shows how things stand."""
    flash(f"{why(error)} {_('Hier sehen Sie den aktuellen Stand.')}", "warning")
    return redirect(back, 303)


def call(target: str, **arguments: Any) -> dict[str, Any]:
    """Run a command of `service.method`, once for each form that was shown."""
    service, method = target.split(".")
    answer: dict[str, Any] = session.call(service, method, command_id=command_id(), **arguments)
    return answer
