"""`make demo` as someone meets it who has only a browser."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from deploy.servers.ports import free_port
from portalctl.sample_data import COMPANIES, PASSWORD, PROVIDER
from tests.support.stack import ROOT, START_S
from tests.support.waiting import wait_until

STAFF, CUSTOMER = "disposition@example.com", "joerg.mueller@example.com"


@contextmanager
def _demo(folder: Path, end: signal.Signals = signal.SIGINT) -> Iterator[tuple[str, str]]:
    """Run the demo until it says that it is up; its address and what it printed."""
    port = free_port()
    output = folder.with_suffix(f".{port}.log")
    with output.open("wb") as log:
        process = subprocess.Popen(_command(folder, port), cwd=ROOT, env=os.environ, stdout=log, stderr=log)
    try:
        wait_until(
            lambda: "Ctrl-C stops it" in output.read_text() or process.poll() is not None,
            what="the demo is up",
            timeout=START_S,
        )
        assert process.poll() is None, output.read_text()
        yield f"http://127.0.0.1:{port}", output.read_text()
    finally:
        process.send_signal(end)
        code = process.wait(40)
    assert code == (0 if end == signal.SIGINT else -end), output.read_text()


def _command(folder: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "deploy.demo", "--port", str(port), "--folder", str(folder)]


def _refusal(folder: Path, port: int) -> str:
    """What the demo says that doesn't start."""
    ended = subprocess.run(_command(folder, port), cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    return ended.stderr


def _postgres_processes(folder: Path) -> list[str]:
    """The server's command line has the folder, its children's current directory is in it."""
    data = folder / "postgresql"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve() == data.resolve():
                found.append((process / "cmdline").read_text())
    return found


def _page(address: str) -> str:
    return requests.get(address, timeout=15).text


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
        assert f"{url}/mails" in output
        wait_until(lambda: "Ihr Termin" in _page(f"{url}/mails"), what="the sample data's mails are caught")
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


def test_a_demo_that_was_killed_is_followed_by_one_that_has_the_data_and_leaves_nothing_running(
    server_folder: Path,
) -> None:
    folder = server_folder / "killed-demo"
    with _demo(folder, end=signal.SIGKILL) as (url, _):
        _signed_in(url, CUSTOMER)
    assert _postgres_processes(folder), "the killed one can't stop its server"
    with _demo(folder) as (url, output):
        assert "Adding sample data" not in output
        _, start_page = _signed_in(url, CUSTOMER)
        assert COMPANIES[0].sites[0].name in start_page
        assert "is running" in _refusal(folder, free_port())
        assert f"Port {url.rpartition(':')[2]} is in use" in _refusal(
            server_folder / "another-demo", int(url.rpartition(":")[2])
        )
        assert _postgres_processes(folder)
    assert not _postgres_processes(folder)
    assert "'terse'" in (folder / "postgresql" / "postgresql.auto.conf").read_text()
