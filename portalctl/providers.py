"""`portalctl providers`: the field-service companies that use the portal."""

import click

from portalctl.context import Context
from portalctl.options import json_option, pass_portal


@click.group()
def providers() -> None:
    """Field-service companies that use the portal."""


@providers.command()
@click.argument("name")
@click.option("--email", required=True, help="Where the provider's customers can write to.")
@click.option("--phone", help="Such as +49 821 123456.")
@click.option("--address", help="Street, postal code and town.")
@json_option
@pass_portal
def add(portal: Context, name: str, email: str, phone: str | None, address: str | None) -> None:
    """Register the provider NAME.

    \b
    Example:
      portalctl providers add "Huber Heizungsbau GmbH" --email info@huber.example.com
    """
    result = portal.call("customers.register_provider", name=name, email=email, phone=phone, address=address)
    portal.show(result, text=f"Registered {name} as {result['provider_id']}.")
