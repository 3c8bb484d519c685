"""Options that every command shares."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from portalctl.context import Context
from shared.contracts.position import Position
from shared.eventlog import log

F = TypeVar("F", bound=Callable[..., Any])
pass_portal = click.make_pass_decorator(Context, ensure=True)
company_option = click.option("--company", type=click.UUID, metavar="ID", help="Only this company's.")


class PositionType(click.ParamType[Position]):
    """A position token such as 3:1042."""

    name = "p:n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Position:
        try:
            return value if isinstance(value, Position) else Position.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def existing(portal: Context, position: Position | None) -> Position | None:
    """The position, if its partition is one of the log's; otherwise the command ends."""
    if position is not None and position.partition > (last := log.partition_count(portal.engine) - 1):
        raise click.ClickException(f"There is no partition {position.partition}; they are 0 to {last}.")
    return position


def json_option(command: F) -> F:
    """`--json`: print one JSON document."""

    def keep(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        context.ensure_object(Context).json = value

    option = click.option(
        "--json", is_flag=True, expose_value=False, callback=keep, help="Print the result as JSON."
    )
    return option(command)
