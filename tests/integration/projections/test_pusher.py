"""Gateways are told what became visible, a few times a second at most, and nobody waits for that."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from services.portal_read.projection import PORTAL
from shared.contracts.portal_read import ResyncState
from shared.contracts.position import Position
from shared.contracts.pushes import ResyncProgressed
from shared.projections import pusher as pushers
from shared.projections.freshness import Freshness
from shared.projections.history import Owner
from shared.projections.pusher import Pusher, view_changed
from shared.projections.worker import Worker
from tests.integration.eventlog.given import register, rename
from tests.integration.projections.histories import MISFITS
from tests.integration.projections.workers import insert_misfit, provider_in
from tests.support.pushes import listening

OWNER = Owner(uuid7(), uuid7())
NOWHERE = "amqp://127.0.0.1:1"


@contextmanager
def publishing(pusher: Pusher) -> Iterator[None]:
    thread = threading.Thread(target=pusher.run)
    thread.start()
    try:
        yield
    finally:
        pusher.stop()
        thread.join(30)
        assert not thread.is_alive()


def progressed(resync_id: UUID, applied: int) -> ResyncProgressed:
    return ResyncProgressed(
        provider_id=OWNER.provider_id,
        company_id=OWNER.id,
        resync_id=resync_id,
        state=ResyncState.RUNNING,
        applied=applied,
        total=10,
    )


def test_what_is_said_of_one_company_before_the_next_round_is_told_at_once(amqp_uri: str):
    pusher, other = Pusher(amqp_uri, name="test"), Owner(uuid7(), OWNER.provider_id)
    pusher.push(view_changed(OWNER, Position(3, 7), ["sites"]))
    pusher.push(view_changed(other, Position(3, 8), ["orders"]))
    pusher.push(view_changed(OWNER, Position(3, 9), ["requests"]))
    with listening(amqp_uri) as ear, publishing(pusher):
        told = ear.until("view_changed", company_id=str(OWNER.id))
        ear.until("view_changed", company_id=str(other.id))
    assert (told["position"], told["sections"]) == ("3:9", ["requests", "sites"])
    assert len(ear.heard) == 2


def test_of_a_resync_the_last_is_told_and_each_resync_is_told_of(amqp_uri: str):
    pusher, one, two = Pusher(amqp_uri, name="test"), uuid7(), uuid7()
    for push in (progressed(one, 1), progressed(two, 1), progressed(one, 5)):
        pusher.push(push)
    with listening(amqp_uri) as ear, publishing(pusher):
        ear.until("resync_progressed", resync_id=str(one), applied=5)
        ear.until("resync_progressed", resync_id=str(two), applied=1)
    assert len(ear.heard) == 2


def test_the_change_of_a_provider_is_everybodys(amqp_uri: str):
    pusher = Pusher(amqp_uri, name="test")
    pusher.push(view_changed(Owner(OWNER.provider_id, OWNER.provider_id), Position(3, 7), ["providers"]))
    with listening(amqp_uri) as ear, publishing(pusher):
        ear.until("view_changed", company_id=None, provider_id=str(OWNER.provider_id))


def test_without_a_broker_nobody_waits_and_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pushers, "MOST_WAITING", 3)
    pusher = Pusher(NOWHERE, name="test")
    with publishing(pusher):
        for number in range(10):
            pusher.push(view_changed(Owner(UUID(int=number), uuid7()), Position(3, 7), ["sites"]))
    assert [key for _, key in pusher._waiting] == [UUID(int=number) for number in (7, 8, 9)]


def test_a_worker_tells_of_each_company_when_its_view_shows_it_and_of_a_parked_one(
    database: Engine, amqp_uri: str
):
    pusher = Pusher(amqp_uri, name="test")
    worker = Worker(database, PORTAL, Freshness(database, PORTAL), owner="one", push=pusher.push)
    provider = provider_in(database, 3)
    with listening(amqp_uri) as ear, publishing(pusher):
        thread = threading.Thread(target=worker.run)
        thread.start()
        company = register(database, provider_id=provider)
        ear.until("view_changed", company_id=str(company), position="3:1", sections=["companies"])
        rename(database, company, "Konditorei", provider_id=provider)
        ear.until("view_changed", company_id=str(company), position="3:2", sections=["companies"])
        insert_misfit(database, provider, company, MISFITS[0])
        ear.until("view_changed", company_id=str(company), position="3:3", sections=[])
        worker.stop()
        thread.join(30)
