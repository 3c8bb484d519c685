"""Sites and the equipment there, without those that were removed."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, func, select, tuple_

from services.portal_read.queries.appointments import is_to_come
from services.portal_read.queries.requests import is_open, with_orders
from services.portal_read.tables import appointments, equipment, requests, sites
from services.portal_read.view import View, as_message
from shared.contracts import cursor as cursors
from shared.contracts.portal_read import MapPoint, PortalEquipment, PortalSite

_NAMES = (
    equipment.c.name,
    equipment.c.manufacturer,
    equipment.c.model,
    equipment.c.serial_number,
    sites.c.name,
)


def page(
    view: View,
    *,
    search: str | None = None,
    site_id: UUID | None = None,
    cursor: str | None = None,
    size: int = cursors.PAGE,
) -> dict[str, Any]:
    """A page of sites by name, each with what is open, planned and installed there."""
    name = _sorted(sites.c.name)
    asked, planned = _asked(view), _planned(view)
    devices = _per_site(select(equipment.c.site_id).where(is_there(view, equipment)))
    statement = (
        select(
            sites,
            func.coalesce(asked.c.rows, 0).label("open_requests"),
            func.coalesce(planned.c.rows, 0).label("upcoming_appointments"),
            func.coalesce(devices.c.rows, 0).label("equipment_count"),
            name.label("sort"),
        )
        .outerjoin(asked, asked.c.site_id == sites.c.site_id)
        .outerjoin(planned, planned.c.site_id == sites.c.site_id)
        .outerjoin(devices, devices.c.site_id == sites.c.site_id)
        .where(is_there(view, sites))
        .where(*_found(search, sites.c.name, sites.c.address))
        .order_by(name, sites.c.site_id)
    )
    if site_id is not None:
        statement = statement.where(sites.c.site_id == site_id)
    if after := cursors.decode(cursor, 2):
        statement = statement.where(tuple_(name, sites.c.site_id) > tuple_(after[0], cursors.as_id(after[1])))
    rows = view.all(statement.limit(size + 1))
    items = [as_message(PortalSite, row) for row in rows]
    return cursors.page(items, [(row.sort, str(row.site_id)) for row in rows], size)


def points(view: View) -> list[MapPoint]:
    """All sites that a map can show."""
    asked, planned = _asked(view), _planned(view)
    statement = (
        select(
            sites,
            func.coalesce(asked.c.rows, 0).label("open_requests"),
            func.coalesce(planned.c.rows, 0).label("upcoming_appointments"),
        )
        .outerjoin(asked, asked.c.site_id == sites.c.site_id)
        .outerjoin(planned, planned.c.site_id == sites.c.site_id)
        .where(is_there(view, sites), sites.c.latitude.is_not(None), sites.c.longitude.is_not(None))
        .order_by(sites.c.site_id)
    )
    return [as_message(MapPoint, row) for row in view.all(statement)]


def equipment_page(
    view: View, *, search: str | None, site_id: UUID | None, cursor: str | None
) -> dict[str, Any]:
    """A page of equipment by the name of its site, then by its own."""
    site, name = _sorted(func.coalesce(sites.c.name, "")), _sorted(equipment.c.name)
    order = (site, equipment.c.site_id, name, equipment.c.equipment_id)
    statement = (
        select(equipment, sites.c.name.label("site_name"), site.label("site_sort"), name.label("sort"))
        .select_from(equipment)
        .outerjoin(sites, and_(view.of(sites), sites.c.site_id == equipment.c.site_id))
        .where(is_there(view, equipment))
        .where(*_found(search, *_NAMES))
        .order_by(*order)
    )
    if site_id is not None:
        statement = statement.where(equipment.c.site_id == site_id)
    if after := cursors.decode(cursor, 4):
        place = (after[0], cursors.as_id(after[1]), after[2], cursors.as_id(after[3]))
        statement = statement.where(tuple_(*order) > tuple_(*place))
    rows = view.all(statement.limit(cursors.PAGE + 1))
    items = [as_message(PortalEquipment, row) for row in rows]
    keys = [(row.site_sort, str(row.site_id), row.sort, str(row.equipment_id)) for row in rows]
    return cursors.page(items, keys)


def is_there(view: View, table: Any) -> ColumnElement[bool]:
    """The condition that a site or a device is the company's and was not removed."""
    return and_(view.of(table), table.c.removed.is_(False))


def _sorted(name: Any) -> ColumnElement[str]:
    """What a name is sorted by: capitals and umlauts among the other letters, as in DIN 5007-1."""
    return func.translate(func.lower(name), "äöüß", "aous")


def _found(search: str | None, *columns: Any) -> list[ColumnElement[bool]]:
    """The condition of each word that it is in one of the columns."""
    text = func.concat_ws(" ", *columns)
    return [text.icontains(word, autoescape=True) for word in (search or "").split()]


def _asked(view: View) -> Subquery:
    return _per_site(with_orders(view, requests.c.site_id).where(is_open()))


def _planned(view: View) -> Subquery:
    return _per_site(select(appointments.c.site_id).where(view.of(appointments), is_to_come(view)))


def _per_site(statement: Any) -> Subquery:
    rows = statement.subquery()
    grouped = select(rows.c.site_id, func.count().label("rows")).group_by(rows.c.site_id)
    return grouped.subquery()
