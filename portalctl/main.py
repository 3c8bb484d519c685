"""`portalctl`: what operators do with the portal."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import logging  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402

from portalctl.context import Context, clear_refusals  # noqa: E402
from shared.observability import configure_logging  # noqa: E402

SETTINGS = {"help_option_names": ["-h", "--help"]}
# Each command and the module that it is in.
COMMANDS = {
    "status": "status",
    "providers": "providers",
    "staff": "staff",
    "invitations": "invitations",
    "mails": "mails",
    "keys": "keys",
    "schema": "schema",
    "projections": "projections",
    "events": "events",
    "dead-letters": "dead_letters",
    "contracts": "contracts",
    "demo": "demo",
    "backup": "backup",
    "restore": "backup",
    "privacy": "privacy",
}


class Commands(click.Group):
    """Loads the module of the command that is asked for and no other, which halves what a short one takes.

    What a command is refused ends it with one clear line.
    """

    def invoke(self, ctx: click.Context) -> Any:
        with clear_refusals():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"portalctl.{COMMANDS[cmd_name]}")
        found: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return found


@click.group(cls=Commands, context_settings=SETTINGS)
@click.pass_context
def cli(context: click.Context) -> None:
    """Operate the mfr customer portal.

    Talks to the stack that AMQP_URI, DATABASE_URL and PORTAL_KEYS name or, without them, to the one that
    `make up` started. Every command takes --json.
    """
    configure_logging("console", level=logging.ERROR)
    portal = context.ensure_object(Context)
    context.call_on_close(portal.close)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; the entry point of `portalctl`."""
    return cli.main(arguments if arguments is not None else sys.argv[1:], prog_name="portalctl")


if __name__ == "__main__":
    main()
