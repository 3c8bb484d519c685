"""`portalctl`: what operators do with the portal."""

import logging
import sys
from typing import Any

import click

from portalctl.context import Context
from portalctl.demo import demo
from portalctl.invitations import invitations
from portalctl.providers import providers
from portalctl.schema import schema
from portalctl.staff import staff
from shared.observability import configure_logging

SETTINGS = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=SETTINGS)
@click.pass_context
def cli(context: click.Context) -> None:
    """Operate the mfr customer portal.

    Talks to the stack that AMQP_URI, DATABASE_URL and PORTAL_KEYS name or, without them, to the one that
    `make up` started. Every command takes --json.
    """
    configure_logging("console", level=logging.ERROR)
    portal = context.ensure_object(Context)
    context.call_on_close(portal.close)


for group in (providers, staff, invitations, schema, demo):
    cli.add_command(group)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; the entry point of `portalctl`."""
    return cli.main(arguments if arguments is not None else sys.argv[1:], prog_name="portalctl")


if __name__ == "__main__":
    main()
