"""The first page that a customer opens on a phone: what it weighs, and how soon it can be used."""

import statistics
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright

from benchmarks.crowd import Member
from deploy.servers.packages import ensure_chromium

ROUNDS = 5
PHONE: ViewportSize = {"width": 360, "height": 740}
# As WebPageTest has it: 150 ms for the way there and back, 1.6 Mbit/s down and 768 kbit/s up.
FAST_3G = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 96_000}
# What either may be at most.
WEIGHT_KB, INTERACTIVE_S = 200, 1.0
Row = dict[str, Any]


def rows(home: str, member: Member) -> Iterator[Row]:
    """Medians of rounds, each with an empty cache."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=["--no-sandbox"])
        for name, address in (("sign-in", "/sign-in"), ("start page", "/")):
            seen = [_open(browser, home, member, address) for _ in range(ROUNDS)]
            weight, interactive = (statistics.median(values) for values in zip(*seen, strict=True))
            yield limit_row(f"{name}, compressed, with an empty cache", weight / 1_000, "KB", WEIGHT_KB)
            yield limit_row(f"{name}, interactive on fast 3G", interactive / 1_000, "s", INTERACTIVE_S)
        browser.close()


def _open(browser: Browser, home: str, member: Member, address: str) -> tuple[float, float]:
    """Bytes that came over the line, and milliseconds until scripts had run."""
    context = browser.new_context(viewport=PHONE, locale="de-DE")
    page = context.new_page()
    if address != "/sign-in":
        sign_in(page, home, member)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.send("Network.emulateNetworkConditions", FAST_3G)
    arrived = _counted(line)
    page.goto(home + address, wait_until="load")
    interactive = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    context.close()
    return sum(arrived), interactive


def _counted(line: CDPSession) -> list[float]:
    """Grows by what each answer weighs."""
    sizes: list[float] = []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    return sizes


def sign_in(page: Page, home: str, member: Member) -> None:
    """Through the page, to whatever start page the account has."""
    page.goto(f"{home}/sign-in")
    page.get_by_label("E-Mail-Adresse").fill(member["email"])
    page.get_by_label("Passwort").fill(member["password"])
    page.get_by_role("button", name="Anmelden").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def limit_row(name: str, value: float, unit: str, most: float) -> Row:
    """A value beside what it may be at most."""
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "peer": f"what it may be: {most:g}",
        "ratio": round(value / most, 2),
    }
