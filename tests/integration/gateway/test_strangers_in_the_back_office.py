"""Staff reach nothing of another provider's by any address of the back office, nor does anyone else."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.services.belongings import belongings
from tests.support.stack import Stack

KIND = {"kind": "offer"}
UNKNOWN = "0197b1c0-0000-7000-8000-000000000000"


def addresses(app: Flask, method: str, ids: dict[str, str]) -> Iterator[str]:
    """The back office's addresses for a method, with these ids put in."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/provider") and method in (rule.methods or ()):
            yield built(rule, ids)


def built(rule: Rule, ids: dict[str, str]) -> str:
    found: Any = rule.build({name: (ids | KIND)[name] for name in rule.arguments})
    return str(found[1])


@pytest.fixture
def strangers(portal: Stack) -> dict[str, str]:
    """The ids of everything that another provider has."""
    return belongings(portal, portal.provider()).ids


def test_ids_of_another_provider_are_not_found_at_any_address(
    gateway: Flask, staff: Browser, people: Company, strangers: dict[str, str]
) -> None:
    token = staff.open("/provider/").form("/sign-out").fields
    mixed = strangers | {"company_id": people.customer.company_id}
    for ids in (strangers, mixed):
        for address in addresses(gateway, "GET", ids):
            if any(id_ in address for id_ in strangers.values()):
                assert staff.open(address).status == 404, address
    for address in addresses(gateway, "POST", strangers):
        if any(id_ in address for id_ in strangers.values()):
            fields = token | {"reason": "x", "number": "1", "title": "x"}
            assert staff.send(address, fields | multipart(address)).status_code == 404, address


def multipart(address: str) -> dict[str, Any]:
    """Where a file is published, the form has several parts."""
    is_publishing = "/documents/new/" in address
    return {"file": (BytesIO(b"%PDF-1.4"), "a.pdf", "application/pdf")} if is_publishing else {}


def test_a_form_without_its_token_is_refused_at_every_address(gateway: Flask, staff: Browser) -> None:
    ids = dict.fromkeys(
        ("company_id", "contact_id", "site_id", "equipment_id", "order_id", "appointment_id"), UNKNOWN
    ) | dict.fromkeys(("invitation_id", "request_id", "document_id"), UNKNOWN)
    for address in addresses(gateway, "POST", ids):
        answer = staff.send(address, {"title": "x"} | multipart(address))
        assert answer.status_code == 400, address
        assert "Das Formular ist nicht mehr gültig" in answer.get_data(as_text=True)


def test_nobody_else_sees_a_page_of_the_back_office(
    gateway: Flask, customer: Browser, strangers: dict[str, str]
) -> None:
    for address in addresses(gateway, "GET", strangers):
        assert Browser(gateway).open(address).path == "/sign-in", address
        assert customer.open(address).status == 403, address
