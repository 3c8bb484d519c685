"""`portalctl schema`: the database's schema, and who may do what in it."""

from pathlib import Path

import click

from deploy import credentials
from deploy.database import grants
from deploy.database.rights import PREFIX
from deploy.database.roles import PROCESSES, create
from portalctl.context import Context
from portalctl.options import json_option, pass_portal


@click.group()
def schema() -> None:
    """The database's schema."""


@schema.command()
@json_option
@pass_portal
def upgrade(portal: Context) -> None:
    """Bring the schema, and the roles' rights, up to date.

    Again, twice at once, or while the portal runs, it does no harm.
    """
    revisions = grants.upgrade(portal.owner)
    portal.show({"revisions": revisions}, text="The schema is up to date: " + ", ".join(revisions) + ".")


@schema.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
@pass_portal
def roles(portal: Context, folder: Path) -> None:
    """Make a database role for each process, and write its DATABASE_URL to a file of its name in FOLDER.

    For an administrator of the server, who names it, and the portal's database, in DATABASE_URL; then comes
    `schema upgrade`, as the owner. A password that lies in FOLDER already is kept.

    \b
    Example:
      DATABASE_URL=postgresql://postgres:…@db/portal portalctl schema roles /etc/portal/database
      DATABASE_URL_FILE=/etc/portal/database/owner portalctl schema upgrade
    """
    urls = credentials.keep(folder, PROCESSES, server=portal.config.database_url, user=f"{PREFIX}{{}}")
    create(portal.engine, {process: credentials.password(url) for process, url in urls.items()})
    text = f"Made {len(urls)} roles; their addresses are in {folder}."
    portal.show({"roles": list(urls), "folder": str(folder)}, text=text)
