"""`portalctl contracts`: the published language as documents for other teams' tools."""

from pathlib import Path

import click
import orjson

from portalctl.context import Context
from portalctl.options import json_option, pass_portal


@click.group()
def contracts() -> None:
    """What the portal publishes and answers, as documents."""


@contracts.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option(
    "--check", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Compare with it."
)
@json_option
@pass_portal
def asyncapi(portal: Context, output: Path | None, check: Path | None) -> None:
    """Print the AsyncAPI 3 document of all exchanges, as JSON, or write it to a file.

    \b
    Examples:
      portalctl contracts asyncapi > asyncapi.json
      portalctl contracts asyncapi --output docs/asyncapi.json
      portalctl contracts asyncapi --check docs/asyncapi.json   # exit code 1 when it is out of date
    """
    # Imported here: it needs every service's code, which the other commands do without.
    from portalctl.asyncapi.document import document

    made = orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if check is not None:
        if check.read_bytes() != made:
            raise click.ClickException(
                f"{check} is out of date; run: portalctl contracts asyncapi --output {check}"
            )
        portal.show({"checked": str(check)}, text=f"{check} is up to date.")
    elif output is not None:
        output.write_bytes(made)
        portal.show({"written": str(output)}, text=f"Wrote {output}.")
    else:
        click.echo(made, nl=False)
