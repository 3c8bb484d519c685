"""`portalctl invitations`: help where an invitation's mail does not arrive."""

import os
from uuid import UUID

import click

from portalctl.context import Context, read_env_file
from portalctl.options import json_option, pass_portal


@click.group()
def invitations() -> None:
    """Invitations of customers."""


@invitations.command()
@click.argument("invitation_id", type=click.UUID)
@json_option
@pass_portal
def link(portal: Context, invitation_id: UUID) -> None:
    """Make a new link for the open invitation INVITATION_ID and print it.

    Whoever has the link can set the password of the invited person's account, so give it to nobody else.
    A link that was sent before no longer works.
    """
    issued = portal.call("invitation.issue_token", invitation_id=invitation_id)
    base = (read_env_file() | os.environ).get("GATEWAY_URL", "").rstrip("/")
    url = f"{base}/invitation/{issued['token']}"
    portal.show({"token": issued["token"], "url": url}, text=url)
