"""Pages that stay open: how soon they show what somebody else did, and how far they jump while they load."""

import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.crowd import Member
from benchmarks.first_page import PHONE, limit_row, sign_in
from benchmarks.visits import DESCRIPTION
from deploy.servers.packages import ensure_chromium
from shared.messaging.client import RpcClient

ROUNDS = 20
SHOWN_WITHIN_S = 1.0
# What web.dev calls good.
MOST_SHIFT = 0.1
PAGES = ("/", "/requests", "/documents", "/equipment", "/settings", "/requests/new")
_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((seen) => {
  for (const entry of seen.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
Row = dict[str, Any]


def rows(client: RpcClient, home: str, staff: Member, member: Member) -> Iterator[Row]:
    """The 95th percentile of rounds each way, and the worst page's shift."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=["--no-sandbox"])
        with closing(browser):
            theirs, ours = _page(browser, home, staff), _page(browser, home, member)
            submitted, accepted = _rounds(client, home, staff, member, theirs, ours)
            shift = max(_shift(browser, home, member, address) for address in PAGES)
    yield limit_row(
        "request sent, until staff's open page shows it, p95", _p95(submitted), "s", SHOWN_WITHIN_S
    )
    yield limit_row(
        "request accepted, until the open page shows it, p95", _p95(accepted), "s", SHOWN_WITHIN_S
    )
    yield limit_row("layout shift while loading, worst page", shift, "CLS", MOST_SHIFT)


def _rounds(
    client: RpcClient, home: str, staff: Member, member: Member, theirs: Page, ours: Page
) -> tuple[list[float], list[float]]:
    submitted, accepted = [], []
    theirs.goto(f"{home}/provider/")
    for number in range(ROUNDS):
        title, note = f"Heizung kalt, Fall {number}.", f"Wir kommen zu Fall {number}."
        request: dict[str, Any] = {"title": title, "description": DESCRIPTION, "site_id": member["site_id"]}
        request_id = client.call("requests", "submit", auth_token=member["token"], **request)["request_id"]
        submitted.append(_until_shown(theirs, title))
        ours.goto(f"{home}/requests/{request_id}")
        client.call("requests", "accept", auth_token=staff["token"], request_id=request_id, note=note)
        accepted.append(_until_shown(ours, note))
    return submitted, accepted


def _until_shown(page: Page, text: str) -> float:
    before = time.perf_counter()
    page.get_by_text(text).first.wait_for()
    return time.perf_counter() - before


def _shift(browser: Browser, home: str, member: Member, address: str) -> float:
    """The cumulative layout shift of a page on a phone, without what follows on somebody's tap."""
    page = _page(browser, home, member)
    page.add_init_script(_SHIFTS)
    page.goto(home + address, wait_until="networkidle" if address != "/" else "load")
    page.wait_for_timeout(500)
    shifted = float(page.evaluate("window.shifted"))
    page.context.close()
    return shifted


def _page(browser: Browser, home: str, member: Member) -> Page:
    page = browser.new_context(viewport=PHONE, locale="de-DE").new_page()
    sign_in(page, home, member)
    return page


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
