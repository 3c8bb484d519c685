"""The customer's equipment, by site."""

from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway import address
from services.gateway.customer_view import only_for_customers, read
from shared.contracts.errors import NotFound

pages = Blueprint("equipment", __name__, url_prefix="/equipment")
pages.before_request(only_for_customers)


@pages.get("")
def all_equipment() -> ResponseReturnValue:
    """All equipment, or what a search finds, or one site's."""
    search = address.search()
    site = _site(request.args.get("site", ""))
    listed = read(
        "equipment",
        search=search or None,
        site_id=site and site["site_id"],
        cursor=request.args.get("cursor"),
    )
    sites = [list(items) for _, items in groupby(listed["items"], key=itemgetter("site_id"))]
    return render_template("equipment.html", listed=listed, sites=sites, site=site, search=search)


def _site(id_: str) -> dict[str, Any] | None:
    """The site that is asked for. Raises NotFound."""
    if not id_:
        return None
    try:
        found = read("sites", site_id=UUID(id_))["items"]
    except ValueError:
        raise NotFound("site") from None
    if not found:
        raise NotFound("site")
    site: dict[str, Any] = found[0]
    return site
