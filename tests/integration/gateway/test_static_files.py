"""Files that pages are made with: compressed, kept by browsers, and nothing but these."""

import gzip

import pytest
from flask import Flask

from services.gateway.static_files import FOLDER, asset


def test_a_file_is_compressed_for_who_understands_it(gateway: Flask) -> None:
    client = gateway.test_client()
    content = (FOLDER / "portal.css").read_bytes()
    plain = client.get("/static/portal.css", headers={"Accept-Encoding": "identity"})
    assert plain.data == content
    packed = client.get("/static/portal.css", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == content
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


def test_browsers_keep_a_file_only_under_the_address_of_its_content(gateway: Flask) -> None:
    client = gateway.test_client()
    with gateway.test_request_context():
        address = asset("portal.css")
    assert "immutable" in client.get(address).headers["Cache-Control"]
    assert "immutable" not in client.get(address + "0").headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "path", ["../app.py", "..%2fapp.py", "vendor/.made-from", "vendor", "", "nothing.css", "%00"]
)
def test_nothing_else_is_served(gateway: Flask, path: str) -> None:
    assert gateway.test_client().get(f"/static/{path}").status_code == 404


def test_what_every_page_needs_is_small(gateway: Flask) -> None:
    files = ("vendor/tabler.css", "portal.css", "pieces.css", "vendor/htmx.js", "vendor/icons.svg")
    sizes = [len(gzip.compress((FOLDER / name).read_bytes())) for name in files]
    assert sum(sizes) < 60_000
