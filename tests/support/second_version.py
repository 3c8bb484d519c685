"""A second version of the portal's projection, as a release to come might have it.

Sites have one more column, and a site that is removed goes away. Everything else is as it was.
"""

from sqlalchemy import Column, MetaData, Text

from services.portal_read.projection import PORTAL
from services.portal_read.tables import NAME, projected
from shared.contracts.customers import SiteAdded, SiteRemoved, SiteUpdated
from shared.projections.projection import Projection
from shared.projections.rows import Rows
from shared.projections.tables import schema_of

VERSION = 2
_metadata = MetaData(schema=schema_of(NAME, VERSION))
tables = {name: table.to_metadata(_metadata, schema=_metadata.schema) for name, table in projected.items()}
tables["sites"].append_column(Column("label", Text))

SECOND = Projection(NAME, VERSION, tables, PORTAL.folds)


@SECOND.projects(SiteAdded, SiteUpdated)
def site_put(rows: Rows, event: SiteAdded | SiteUpdated) -> None:
    rows.sites.insert(
        event.site_id,
        name=event.name,
        address=event.address,
        latitude=event.latitude,
        longitude=event.longitude,
        removed=False,
        label=label(event.name, event.address),
    )


@SECOND.projects(SiteRemoved)
def site_removed(rows: Rows, event: SiteRemoved) -> None:
    rows.sites.delete(event.site_id)


def label(name: str, address: str) -> str:
    return f"{name}, {address}"
