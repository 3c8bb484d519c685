"""`portalctl keys`: what tokens and histories are signed with."""

from pathlib import Path

import click

from portalctl.context import Context
from portalctl.options import json_option, pass_portal
from shared.identity.keys import create as create_keys


@click.group()
def keys() -> None:
    """What tokens and histories are signed with."""


@keys.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
@pass_portal
def create(portal: Context, folder: Path) -> None:
    """Make the keys that are not in FOLDER yet; the others stay as they are."""
    create_keys(folder)
    names = sorted(path.name for path in folder.iterdir())
    portal.show({"folder": str(folder), "files": names}, text=f"{folder} holds {', '.join(names)}.")
