"""Requests wait for their turn, and no client takes those of all others."""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Semaphore

import pytest
from flask import Flask, request

from services.gateway import security, turns

OF_ONE = 2
WITHIN_S = 30
BUSY, OTHER = "192.0.2.1", "192.0.2.2"


class Portal:
    """Works on each request until the end, and knows for whom."""

    def __init__(self) -> None:
        self.begun: defaultdict[str, Semaphore] = defaultdict(lambda: Semaphore(0))
        self.end = Event()
        self._threads = ThreadPoolExecutor(10)
        self._app = Flask(__name__)
        self._app.add_url_rule("/", view_func=self._work)
        turns.register(self._app, most=OF_ONE + 1, of_one=OF_ONE)
        security.believe(self._app, proxies=1)

    def ask(self, client: str) -> "Future[int]":
        def answered() -> int:
            headers = {"X-Forwarded-For": client}
            return self._app.test_client().get("/", headers=headers, buffered=True).status_code

        return self._threads.submit(answered)

    def _work(self) -> str:
        self.begun[request.remote_addr or ""].release()
        assert self.end.wait(WITHIN_S)
        return "done"


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal()
    yield portal
    portal.end.set()


def test_a_client_waits_for_its_own_requests_and_others_do_not(portal: Portal) -> None:
    asked = [portal.ask(BUSY) for _ in range(2 * OF_ONE)]
    for _ in range(OF_ONE):
        assert portal.begun[BUSY].acquire(timeout=WITHIN_S)
    asked.append(portal.ask(OTHER))
    assert portal.begun[OTHER].acquire(timeout=WITHIN_S)
    assert not portal.begun[BUSY].acquire(blocking=False)
    portal.end.set()
    assert [answer.result(WITHIN_S) for answer in asked] == [200] * len(asked)
