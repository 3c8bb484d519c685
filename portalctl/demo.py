"""`portalctl demo`: sample data to look at the portal with."""

import click

from portalctl.context import Context
from portalctl.options import json_option, pass_portal
from portalctl.seed import Seed
from shared.identity.tokens import operator_token, service_token


@click.group()
def demo() -> None:
    """Sample data to look at the portal with."""


@demo.command()
@json_option
@pass_portal
def seed(portal: Context) -> None:
    """Add a heating contractor with six customers, and print who can sign in.

    Everything is new each time, under addresses of its own.
    """
    sign_ins = Seed(
        portal.client,
        portal.files,
        operator=portal.token(operator_token),
        service=portal.token(service_token),
    ).run()
    if portal.json:
        portal.show({"sign_ins": sign_ins}, text="")
        return
    title = f"Who can sign in, all with the password {sign_ins[0]['password']}"
    portal.table(title, ["e-mail", "who"], [[entry["email"], entry["who"]] for entry in sign_ins])
