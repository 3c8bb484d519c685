"""The names behind the ids of a request: who asks, for which site and equipment."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.gateway import session

Item = dict[str, Any]


def with_names(requests: Sequence[Item]) -> list[Item]:
    """The requests with `company_name`, `site_name`, `equipment_name` and `contact`, None where removed."""
    ids = dict.fromkeys(UUID(request["company_id"]) for request in requests)
    companies = {str(id_): session.call("customers", "company", company_id=id_) for id_ in ids}
    return [request | _names(request, companies[request["company_id"]]) for request in requests]


def _names(request: Item, company: Item) -> Item:
    site = _find(company["sites"], "site_id", request)
    equipment = _find(company["equipment"], "equipment_id", request)
    return {
        "company_name": company["name"],
        "site_name": site and site["name"],
        "equipment_name": equipment and equipment["name"],
        "contact": _find(company["contacts"], "contact_id", request),
    }


def _find(items: Sequence[Item], key: str, request: Item) -> Item | None:
    return next((item for item in items if item[key] == request[key]), None)
