"""`portalctl invitations`: help where an invitation's mail does not arrive."""

from uuid import UUID

import click

from portalctl.context import Context, settings
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

    \b
    Example:
      portalctl invitations link 01a20e1d-1805-77a7-861a-7f851c6790e8
    """
    issued = portal.call("invitation.issue_token", invitation_id=invitation_id)
    base = settings().get("GATEWAY_URL", "").rstrip("/")
    url = f"{base}/invitation/{issued['token']}"
    portal.show({"token": issued["token"], "url": url}, text=url)
