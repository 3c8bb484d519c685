"""Processes of an old and of a new release side by side: customers are answered, rightly, all the while."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from services.portal_read.projection import PORTAL
from shared.contracts.customers import SiteAdded
from shared.contracts.position import Position
from shared.contracts.stream import StreamType
from shared.contracts.values import CallerKind
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from shared.identity.caller import Caller
from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now
from shared.projections import versions
from tests.integration.eventlog.given import ORIGIN, PROVIDER
from tests.support.second_version import label
from tests.support.stack import Stack, is_ready
from tests.support.waiting import wait_until

SITE: StreamType[SiteAdded] = StreamType("site", lambda _, event: event)
ADDRESS = "Am Markt 1"
OLD, NEW = "portal_read", "portal_read_two"


@pytest.fixture
def stack(database_url: str, amqp_uri: str, keys: Path, tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(amqp_uri=amqp_uri, database_url=database_url, keys=keys, logs=tmp_path)
    yield stack
    stack.stop()


def start(stack: Stack, name: str) -> None:
    command = ("shared.messaging.runner", "tests.support.portal_read_two:PortalReadTwo")
    stack.start(name, *(command if name == NEW else ()))
    wait_until(lambda: is_ready(stack.logs / f"{name}.log"), what=f"{name} takes calls", timeout=120)


def end(stack: Stack, name: str) -> None:
    process = stack.processes.pop(name)
    process.terminate()
    assert process.wait(60) == 0


def add_site(database: Engine, company_id: UUID, name: str) -> Position:
    site_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        site = unit.new(SITE, site_id, provider_id=PROVIDER, company_id=company_id)
        added = SiteAdded(site_id=site_id, company_id=company_id, name=name, address=ADDRESS)
        site.create(lambda: added)
        at = unit.commit(ORIGIN)
    assert at is not None
    return at


def test_commands_and_queries_go_on_while_a_new_version_is_built_and_takes_over(
    database: Engine, stack: Stack, keys: Path
):
    company_id = uuid7()
    ids = {"provider_id": PROVIDER, "company_id": company_id, "contact_id": uuid4()}
    caller = Caller(kind=CallerKind.CUSTOMER, account_id=uuid4(), **ids)
    token = issue(SigningKey.load(keys, "sessions"), caller, now=now())
    answered: dict[bool, int] = {False: 0, True: 0}
    done = threading.Event()

    def use() -> None:
        """Add sites, each of which must be in the next answer, whichever version that comes from."""
        names: list[str] = []
        while not done.is_set():
            names.append(f"Filiale {len(names):03}")
            at = add_site(database, company_id, names[-1])
            seen = stack.call("portal_read.sites", token, at_least=str(at))
            shown = sorted(item["name"] for item in seen["items"])
            by_the_new = shown == [label(name, ADDRESS) for name in names]
            assert seen["reached"]
            assert by_the_new or shown == names
            answered[by_the_new] += 1

    def states() -> dict[int, str]:
        return {each.version: each.state for each in versions.listing(database, PORTAL)}

    with ThreadPoolExecutor(1) as thread:
        start(stack, OLD)
        using = thread.submit(use)
        wait_until(lambda: answered[False], what="the old version answers")
        start(stack, NEW)
        wait_until(lambda: answered[True] or using.done(), what="the new version answers, too")
        assert states() == {1: "serving", 2: "serving"}
        end(stack, OLD)
        before = answered[True]
        wait_until(lambda: answered[True] > before + 5 or using.done(), what="the new version goes on alone")
        done.set()
        using.result()
    wait_until(lambda: states() == {1: "idle", 2: "serving"}, what="nobody serves the old version")
    versions.drop(database, PORTAL, 1)
    stack.call("portal_read.sites", token, at_least=str(add_site(database, company_id, "Filiale Nord")))
