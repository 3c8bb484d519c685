"""The start page: the map, the list of sites beside it, and the pages that they lead to."""

import json
import re
from typing import Any

import pytest

from services.gateway.maps import Tiles
from services.gateway.security import content_security_policy
from shared.config import ConfigurationError
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.test_documents import wait_for_view
from tests.integration.services.belongings import submit
from tests.support.stack import Stack

TILES = "https://tiles.example/{z}/{x}/{y}.png"


def add_site(portal: Stack, people: Company, **site: Any) -> None:
    company_id = people.customer.company_id
    portal.call("customers.add_site", people.staff_token, company_id=company_id, **site)


def test_every_site_of_the_map_stands_in_the_list(portal: Stack, people: Company, customer: Browser) -> None:
    add_site(portal, people, name="Lager <Nord>", address="Weg 3", latitude=53.5, longitude=10.0)
    submit(portal, people.customer)
    wait_for_view(portal, people)
    points = json.loads(customer.open("/sites/map").html)
    assert sorted([point[1], *point[4:]] for point in points) == [
        ["Filiale Süd", 1, 0],
        ["Lager <Nord>", 0, 0],
    ]
    page = customer.open("/")
    for site_id, *_ in points:
        assert f'data-show-site="{site_id}"' in page.html
    assert "Einsatzorte (2)" in page.text


def test_a_site_without_coordinates_is_marked_in_the_list(
    portal: Stack, people: Company, customer: Browser
) -> None:
    add_site(portal, people, name="Neubau", address="Baugebiet")
    wait_for_view(portal, people)
    assert "Nicht auf der Karte" in customer.open("/").text
    assert [point[1] for point in json.loads(customer.open("/sites/map").html)] == ["Filiale Süd"]


def test_the_list_is_searched_with_a_script_and_without(
    portal: Stack, people: Company, customer: Browser
) -> None:
    add_site(portal, people, name="Lager Nord", address="Weg 3")
    wait_for_view(portal, people)
    page = customer.open("/sites?search=lager")
    assert "Lager Nord" in page.text
    assert "Filiale Süd" not in page.text
    assert "<html" in page.html
    fragment = customer.client.get("/sites?search=lager", headers={"HX-Request": "true"}).text
    assert "Lager Nord" in fragment
    assert "<html" not in fragment
    assert "Kein Einsatzort gefunden" in customer.open("/sites?search=nirgends").text


def test_the_map_draws_outlines_that_the_gateway_has_itself(customer: Browser) -> None:
    page = customer.open("/")
    assert "data-tiles" not in page.html
    addresses = re.findall(r"/static/vendor/[a-z-]+\.json\?v=[0-9a-f]+", page.html)
    assert len(addresses) == 4
    for address in addresses:
        answer = customer.client.get(address)
        assert answer.status_code == 200
        assert answer.get_json()["rings"]


def test_a_tile_server_is_the_only_other_host_that_images_may_come_from() -> None:
    tiles = Tiles.parse(TILES, "© OpenStreetMap")
    policy = content_security_policy(tiles.origin)
    assert "img-src 'self' data: https://tiles.example;" in f"{policy};"
    assert policy.count("tiles.example") == 1
    assert "tiles.example" not in content_security_policy(None)


@pytest.mark.parametrize(
    "template",
    [
        "tiles",
        "https://tiles.example/",
        "javascript:{z}{x}{y}",
        "https://{s}.example/{z}/{x}/{y}",
        "https://a b/{z}/{x}/{y}",
    ],
)
def test_what_is_no_tile_server_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError, match="PORTAL_TILES"):
        Tiles.parse(template, "")


def test_equipment_stands_under_its_site_and_is_found(customer: Browser, people: Company) -> None:
    page = customer.open("/equipment")
    for text in ("Filiale Süd", "Gasbrennwertkessel"):
        assert text in page.text
    assert f"site={people.customer.site_id}&amp;equipment={people.customer.equipment_id}" in page.html
    assert "Keine Anlage gefunden" in customer.open("/equipment?search=Rakete").text
    assert "Anlagen in Filiale Süd" in customer.open(f"/equipment?site={people.customer.site_id}").text
    for strange in ("0197b1c0-0000-7000-8000-000000000000", "nonsense"):
        assert customer.open(f"/equipment?site={strange}").status == 404
