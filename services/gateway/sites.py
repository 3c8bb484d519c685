"""The customer's sites: the start page with their map, the list to search in, and what the map shows."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway import address, session
from services.gateway.customer_view import only_for_customers, read
from services.gateway.fragments import is_fragment

pages = Blueprint("sites", __name__)
pages.before_request(only_for_customers)


@pages.get("/")
def start() -> ResponseReturnValue:
    overview = read("dashboard")
    session.remember_provider(overview["provider"])
    return render_template("start.html", overview=overview)


@pages.get("/sites")
def all_sites() -> ResponseReturnValue:
    """A page of the list; of it the list alone where a script asks for that."""
    search = address.search()
    listed = read("sites", search=search or None, cursor=request.args.get("cursor"))
    template = "_sites.html" if is_fragment() else "sites.html"
    return render_template(template, listed=listed, search=search)


@pages.get("/sites/map")
def site_map() -> Response:
    """Of each site: id, name, latitude, longitude, open requests, appointments to come."""
    return jsonify([_point(point) for point in read("site_map")["points"]])


def _point(point: dict[str, Any]) -> list[Any]:
    names = ("site_id", "name", "latitude", "longitude", "open_requests", "upcoming_appointments")
    return [point[name] for name in names]
