"""The names behind the ids in a list: which company, for which site and equipment, and who asks."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from services.gateway import session

# As many as `customers` names at once.
AT_ONCE = 200
Item = dict[str, Any]


def with_names(requests: Sequence[Item]) -> list[Item]:
    """The requests with `company_name`, `site_name` and `equipment_name`, None where removed."""
    companies = _names("company_ids", "companies", (each["company_id"] for each in requests))
    sites = _names("site_ids", "sites", (each["site_id"] for each in requests))
    equipment = _names("equipment_ids", "equipment", (each["equipment_id"] for each in requests))
    return [
        each
        | {
            "company_name": companies.get(each["company_id"]),
            "site_name": sites.get(each["site_id"]),
            "equipment_name": equipment.get(each["equipment_id"]),
        }
        for each in requests
    ]


def with_contact(request: Item) -> Item:
    """The request with the `contact` who asks, None where removed."""
    company = session.call("customers", "company", company_id=request["company_id"])
    asking = (each for each in company["contacts"] if each["contact_id"] == request["contact_id"])
    return request | {"contact": next(asking, None)}


def company_names(items: Sequence[Item]) -> dict[str, str]:
    """Id → name of the companies that the items belong to."""
    return _names("company_ids", "companies", (item["company_id"] for item in items))


def _names(asked: str, answered: str, ids: Iterable[str | None]) -> dict[str, str]:
    rest = iter(dict.fromkeys(id_ for id_ in ids if id_))
    found: dict[str, str] = {}
    while chunk := list(islice(rest, AT_ONCE)):
        names = session.call("customers", "names", **{asked: chunk})[answered]
        found |= {each["id"]: each["name"] for each in names}
    return found
