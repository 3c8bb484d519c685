"""A page that asks for something, and the command that follows from the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway import session
from services.gateway.forms import Form, command_id, new_command_id, refused, typed
from services.gateway.languages import gettext as _
from services.gateway.provider.fields import Field, given
from services.gateway.provider.refusals import REFUSALS, why
from shared.contracts.errors import Conflict, PortalError, ValidationFailed


@dataclass(frozen=True)
class Question:
    """What the page says and asks, in the language of the page; `back` is where it leads in any case.

    `text` says what will happen. `template` is for what the page has beside its fields.
    """

    area: str
    title: str
    button: str
    back: str
    fields: Sequence[Field] = ()
    text: str = ""
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
            return self.show(Form(values or {}))
        sent = typed(*(each.name for each in self.fields))
        try:
            answer = call(target, **arguments, **given(self.fields, sent))
        except ValidationFailed as error:
            return self.show(refused(sent, error), command=command_id()), 422
        except Conflict as error:
            if not self.fields:
                return overtaken(error, self.back)
            return self.show(Form(sent, message=why(error))), 409
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


def act(target: str, arguments: Mapping[str, Any], done: str, *, back: str) -> ResponseReturnValue:
    """Run the command of a button that asks nothing, then show the page that it is on."""
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
