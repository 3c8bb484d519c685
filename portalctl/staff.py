"""`portalctl staff`: accounts of the providers' people."""

import sys
from uuid import UUID

import click

from portalctl.context import Context
from portalctl.options import json_option, pass_portal


@click.group()
def staff() -> None:
    """Accounts of the providers' people."""


@staff.command()
@click.argument("provider_id", type=click.UUID)
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
@pass_portal
def add(portal: Context, provider_id: UUID, email: str, password_stdin: bool) -> None:
    """Give a person of the provider PROVIDER_ID an account under EMAIL.

    The password has 12 to 128 characters and must not be easy to guess.

    \b
    Example:
      echo 'correct horse battery' | portalctl staff add 0199… dispo@huber.example.com --password-stdin
    """
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif not sys.stdin.isatty():
        raise click.UsageError(
            "No terminal to ask on: give --password-stdin and the password on standard input."
        )
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not password:
        raise click.UsageError("The password is empty.")
    result = portal.call("invitation.register_staff", provider_id=provider_id, email=email, password=password)
    portal.show({"staff_id": result["staff_id"]}, text=f"{email} can sign in now.")
