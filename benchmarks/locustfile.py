"""A simulated customer for Locust: signs in, looks around on pages and over the API, and asks for work."""

import json
import os
import random
import re
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from locust import HttpUser, between, task

from benchmarks.visits import API, DESCRIPTION, LOOKS, PAGE, PAUSE_S, SENT_API, SENT_PAGE, SHARES, TITLE

_FIELD = re.compile(r'name="(csrf_token|command_id)" value="([^"]+)"')
_CUSTOMERS: list[dict[str, str]] = json.loads(Path(os.environ["PORTAL_CROWD"]).read_text())
_next = count()


class Customer(HttpUser):
    """Each has an account of their own."""

    wait_time = between(*PAUSE_S)

    def on_start(self) -> None:
        self.me = _CUSTOMERS[next(_next) % len(_CUSTOMERS)]
        values = self._fields("/sign-in")
        values |= {"email": self.me["email"], "password": self.me["password"]}
        self._send("/sign-in", values, name="sign in", lands_at="/")

    @task(SHARES[PAGE])
    def look_at_a_page(self) -> None:
        self._get(_look().page, name=PAGE)

    @task(SHARES[API])
    def look_over_the_api(self) -> None:
        self._get(f"/api/v1/{_look().api}", name=API)

    @task(SHARES[SENT_PAGE])
    def ask_by_page(self) -> None:
        """The form, then what it sends, then the page that it leads to, which shows the request."""
        values = self._fields("/requests/new") | _request(self.me)
        self._send("/requests/new", values, name=SENT_PAGE, lands_at="/requests/")

    @task(SHARES[SENT_API])
    def ask_over_the_api(self) -> None:
        session = self.client.get("/api/v1/session", name=API).json()
        headers = {"X-CSRFToken": session["csrf_token"], "Idempotency-Key": str(uuid4())}
        self.client.post("/api/v1/requests", json=_request(self.me), headers=headers, name=SENT_API)

    def _get(self, address: str, *, name: str) -> str:
        """What is there; to be led elsewhere, as to the sign-in, is a failure."""
        with self.client.get(address, name=name, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{address} answered {answer.status_code}")
            return str(answer.text)

    def _fields(self, address: str) -> dict[str, str]:
        """What the form there brings with it."""
        return dict(_FIELD.findall(self._get(address, name=PAGE))[::-1])

    def _send(self, address: str, values: dict[str, str], *, name: str, lands_at: str) -> None:
        with self.client.post(address, data=values, name=name, catch_response=True) as answer:
            if not answer.ok or not _path(answer).startswith(lands_at) or _path(answer) == address:
                answer.failure(f"{address} answered {answer.status_code} at {_path(answer)}")


def _look() -> Any:
    return random.choices(LOOKS, [look.often for look in LOOKS])[0]


def _request(me: dict[str, str]) -> dict[str, str]:
    return {"title": TITLE, "description": DESCRIPTION, "site_id": me["site_id"]}


def _path(answer: Any) -> str:
    return str(urlsplit(answer.url).path)
