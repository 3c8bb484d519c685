"""`make demo` as someone meets it who has only a browser."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from deploy.servers.ports import free_port
from portalctl.sample_data import COMPANIES, PASSWORD, PROVIDER
from tests.support.stack import ROOT
from tests.support.waiting import wait_until

STAFF, CUSTOMER = "disposition@example.com", "joerg.mueller@example.com"


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the demo until it says that it is up; its address and what it printed."""
    port = free_port()
    output = folder.with_suffix(f".{port}.log")
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.demo", "--port", str(port), "--folder", str(folder)],
            cwd=ROOT,
            env=os.environ,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(
            lambda: "Ctrl-C stops it" in output.read_text() or process.poll() is not None,
            what="the demo is up",
            timeout=90,
        )
        yield f"http://127.0.0.1:{port}", output.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(40)
    assert code == 0, output.read_text()


def _signed_in(url: str, email: str) -> tuple[requests.Session, str]:
    """A session of the person, and the page that they land on."""
    browser = requests.Session()
    page = browser.get(f"{url}/sign-in", timeout=15).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None, page
    landed = browser.post(
        f"{url}/sign-in",
        data={"csrf_token": token[1], "email": email, "password": PASSWORD},
        headers={"Referer": f"{url}/sign-in"},
        timeout=15,
    )
    assert landed.status_code == 200, landed.text
    return browser, landed.text


def test_the_demo_shows_customers_and_staff_their_pages_and_keeps_the_data(server_folder: Path) -> None:
    folder = server_folder / "demo"
    with _demo(folder) as (url, output):
        assert STAFF in output
        assert CUSTOMER in output
        customer, start_page = _signed_in(url, CUSTOMER)
        for site in COMPANIES[0].sites:
            assert site.name in start_page
        requests_before = customer.get(f"{url}/requests", timeout=15).text
        _, back_office = _signed_in(url, STAFF)
        assert COMPANIES[5].name in back_office
    with _demo(folder) as (url, output):
        assert "Adding sample data" not in output
        customer, start_page = _signed_in(url, CUSTOMER)
        assert PROVIDER["name"] in start_page
        numbers = re.findall(r"A-\d{4}-\d{5}", requests_before)
        assert numbers
        assert re.findall(r"A-\d{4}-\d{5}", customer.get(f"{url}/requests", timeout=15).text) == numbers
