"""`portalctl mails`: mails that are not to go out."""

import click

from portalctl.context import Context
from portalctl.options import json_option, pass_portal
from portalctl.wording import counted
from services.notifications import holding


@click.group()
def mails() -> None:
    """The mails that events lead to."""


@mails.command()
@json_option
@pass_portal
def hold(portal: Context) -> None:
    """Hold the mails of all that is in the log, since another portal may have sent them.

    After a recovery to a point in time, before the services start; `restore` does it itself. What
    happens afterwards is told as ever.

    \b
    Example:
      portalctl mails hold
    """
    with portal.owner.begin() as connection:
        held = holding.hold(connection)
    text = f"Held {counted(held, 'mail')} that were due, and those of events that were not taken up yet."
    portal.show({"held_mails": held}, text=text)
