"""`portalctl schema`: the database's schema."""

import click

from portalctl.context import Context
from portalctl.options import json_option, pass_portal
from shared.database.engine import connect
from shared.database.migrate import upgrade as migrate


@click.group()
def schema() -> None:
    """The database's schema."""


@schema.command()
@json_option
@pass_portal
def upgrade(portal: Context) -> None:
    """Bring the schema up to date; doing so again, or twice at once, does no harm."""
    engine = connect(portal.config.database_url, name="portalctl schema")
    try:
        revisions = migrate(engine)
    finally:
        engine.dispose()
    portal.show({"revisions": revisions}, text="The schema is up to date: " + ", ".join(revisions) + ".")
