"""Somebody at a real browser; whatever goes wrong behind their back is noted down."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

from tests.integration.gateway.serving import PATIENCE_S
from tests.support.stack import PASSWORD

PATIENCE_MS = PATIENCE_S * 1000
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    """A browser of one's own at the gateway `home`.

    Faults are errors in the console, broken policies among them, errors of scripts, and requests to any
    other host. `expected` are the addresses that are meant to fail.
    """

    context: BrowserContext
    home: str
    faults: list[str] = field(default_factory=list)
    expected: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("console", self._console)
        self.context.on("weberror", self._script)
        self.context.on("request", self._request)

    def open(self, address: str, *, page: Page | None = None, status: int = 200) -> Page:
        """A page of the gateway, which answers with this status."""
        page = page or self.context.new_page()
        if status >= 400:
            self.expected.add(self.home + address)
        answer = page.goto(self.home + address)
        assert answer is not None
        assert answer.status == status, f"{address} answered {answer.status}"
        return page

    def sign_in(self, email: str, password: str = PASSWORD, *, language: str = "de") -> None:
        """Without looking at the pages that lead there."""
        self._send("/sign-in", email=email, password=password)
        self._send("/language", language=language)

    def must_be_content(self) -> None:
        """Nothing went wrong since this was last asked."""
        faults, self.faults = self.faults, []
        assert not faults, "\n".join(faults)

    def _send(self, address: str, **values: str) -> None:
        page = self.context.request.get(f"{self.home}/settings").text()
        found = _CSRF.search(page)
        assert found, page
        answer = self.context.request.post(self.home + address, form={"csrf_token": found[1], **values})
        assert answer.ok, answer.text()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        address = message.location["url"]
        if not (address in self.expected and message.text.startswith("Failed to load resource")):
            self.faults.append(f"console: {message.text} ({address})")

    def _script(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(f"{self.home}/"):
            self.faults.append(f"another host: {request.url}")
