"""Options that every command shares."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from portalctl.context import Context

F = TypeVar("F", bound=Callable[..., Any])
pass_portal = click.make_pass_decorator(Context, ensure=True)


def json_option(command: F) -> F:
    """`--json`: print one JSON document."""

    def keep(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        context.ensure_object(Context).json = value

    option = click.option(
        "--json", is_flag=True, expose_value=False, callback=keep, help="Print the result as JSON."
    )
    return option(command)
