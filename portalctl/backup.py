"""`portalctl backup` and `portalctl restore`: a copy of the whole portal, and a portal made of it."""

from pathlib import Path

import click

from deploy.database.grants import grant
from portalctl.context import Context, clear_refusals
from portalctl.dump import (
    DATABASE,
    copy_files,
    dump_database,
    files_in,
    heads,
    is_empty,
    restore_database,
)
from portalctl.options import json_option, pass_portal
from portalctl.wording import counted
from services.notifications import holding

_folder = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.command()
@_folder
@json_option
@pass_portal
def backup(portal: Context, folder: Path) -> None:
    """Copy the database and the files into a new FOLDER, while the portal runs.

    \b
      portalctl backup /srv/backups/2026-11-24
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise click.ClickException(f"{folder} is there already; name a new folder.") from None
    with clear_refusals():
        dump_database(portal.owner_url, folder)
        # Behind the database, so that all files are there that it refers to.
        files = copy_files(portal.files, files_in(folder))
    text = f"Copied the database and {counted(files, 'file')}."
    portal.show({"folder": str(folder), "files": files}, text=text)


@click.command()
@_folder
@json_option
@pass_portal
def restore(portal: Context, folder: Path) -> None:
    """Make a portal of the copy in FOLDER, in an empty database and file store; then start the services.

    \b
      DATABASE_URL=… PORTAL_FILES=… portalctl restore /srv/backups/2026-11-24
    """
    if not (folder / DATABASE).exists():
        raise click.ClickException(f"{folder} holds no {DATABASE}.")
    if not is_empty(portal.owner):
        raise click.ClickException("The database is not empty; restore into a new one.")
    with clear_refusals():
        files = copy_files(files_in(folder), portal.files)
        restore_database(portal.owner_url, folder)
    grant(portal.owner)
    with portal.owner.begin() as connection:
        positions, held = heads(connection), holding.hold(connection)
    result = {"files": files, "heads": positions, "held_mails": held}
    text = (
        f"Restored {counted(sum(positions.values()), 'event')} and {counted(files, 'file')}."
        f" Mails that were due and are held: {held}."
    )
    portal.show(result, text=text)
