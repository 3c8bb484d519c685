"""`portalctl backup` and `portalctl restore`: a copy of the whole portal, and a portal made of it."""

from pathlib import Path

import click

from deploy.database import grants
from portalctl.context import Context
from portalctl.dump import dump_database, heads, is_empty, must_be_a_copy, new_copy, restore_database
from portalctl.file_copies import copy_files, files_in, has_files, must_be_there
from portalctl.options import json_option, pass_portal
from portalctl.wording import counted
from services.documents import references
from services.notifications import holding
from shared.database import migrate

_folder = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.command()
@_folder
@json_option
@pass_portal
def backup(portal: Context, folder: Path) -> None:
    """Copy the database and the files into a new FOLDER, as the database's owner, while the portal runs.

    What fails or is interrupted leaves no FOLDER. Where files are missing that the database refers to,
    all else is copied, and the exit code is 1.

    \b
    Example:
      portalctl backup /srv/backups/2026-11-24
    """
    database, files = portal.owner, portal.files
    with new_copy(folder):
        dump_database(portal.owner_url, folder)
        with database.connect() as connection:
            needed = references.everything(connection)
        # Behind the database, so that all files are there that it refers to.
        copied = copy_files(files, files_in(folder))
        with database.connect() as connection:
            missing = (needed - copied) & references.everything(connection)
    result = {"folder": str(folder), "files": len(copied), "missing_files": sorted(missing)}
    portal.show(result, text=f"Copied the database and {counted(len(copied), 'file')}.")
    must_be_there(missing, "the file store")


@click.command()
@_folder
@click.option(
    "--keep-files",
    is_flag=True,
    help="The file store is that of a portal that is gone: copy what it lacks, keep what it has.",
)
@json_option
@pass_portal
def restore(portal: Context, folder: Path, keep_files: bool) -> None:
    """Make a portal of the copy in FOLDER, in an empty database, as its owner, and an empty file store.

    The schema is brought up to date. Afterwards start the services. If it fails, begin again with an empty
    database and file store.

    \b
    Example:
      DATABASE_URL=… PORTAL_FILES=… portalctl restore /srv/backups/2026-11-24
    """
    must_be_a_copy(folder)
    database, files = portal.owner, portal.files
    if not is_empty(database):
        raise click.ClickException("The database is not empty; restore into a new one.")
    if not keep_files and has_files(files):
        raise click.ClickException(
            "The file store is not empty; name another one in PORTAL_FILES, or see --keep-files."
        )
    restore_database(portal.owner_url, folder)
    # A copy of an earlier release may lack the tables of what is held.
    migrate.upgrade(database)
    with database.begin() as connection:
        positions, held = heads(connection), holding.hold(connection)
        needed = references.everything(connection)
    copied = copy_files(files_in(folder), files)
    # Rights at last: with roles of their own, services that run already can do nothing until then.
    grants.upgrade(database)
    missing = needed - copied
    result = {"files": len(copied), "missing_files": sorted(missing), "heads": positions, "held_mails": held}
    text = (
        f"Restored {counted(sum(positions.values()), 'event')} and {counted(len(copied), 'file')}."
        f" Mails that were due and are held: {held}."
    )
    portal.show(result, text=text)
    must_be_there(missing, "the copy")
