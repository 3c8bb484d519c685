"""`portalctl mails`: mails that are not to go out."""

import click
from sqlalchemy import Connection, text

from deploy.database.rights import role_of
from portalctl.context import Context
from portalctl.options import json_option, pass_portal
from portalctl.wording import counted
from services.notifications import holding

_SESSIONS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = :role"
)


@click.group()
def mails() -> None:
    """The mails that events lead to."""


@mails.command()
@json_option
@pass_portal
def hold(portal: Context) -> None:
    """Hold the mails of all that is in the log, since another portal may have sent them.

    As the database's owner, after a recovery to a moment and before the services start; `restore` does it
    itself. What happens afterwards is told as ever.

    \b
    Example:
      portalctl mails hold
    """
    with portal.owner.begin() as connection:
        _must_not_be_sent(connection)
        held = holding.hold(connection)
    said = f"Held {counted(held, 'mail')} that were due, and those of events that were not taken up yet."
    portal.show({"held_mails": held}, text=said)


def _must_not_be_sent(connection: Connection) -> None:
    """Seen where each service has a role of its own. Raises ClickException."""
    if connection.execute(_SESSIONS, {"role": role_of("notifications")}).scalar():
        raise click.ClickException("`notifications` is at work on this database; stop it first.")
