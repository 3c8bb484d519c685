"""`portalctl demo`: sample data to look at the portal with."""

import click

from portalctl.context import Context, clear_refusals
from portalctl.options import json_option, pass_portal
from portalctl.seed import Seed


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
    with clear_refusals():
        sign_ins = Seed(portal.client, portal.token("operators"), portal.token("services")).run()
    if portal.json:
        portal.show({"sign_ins": sign_ins}, text="")
        return
    rows = [[entry["who"], entry["email"], entry["password"]] for entry in sign_ins]
    portal.table("Sign-ins", ["who", "e-mail", "password"], rows)
