"""Customers have their own view built anew, follow how far that is, and use it meanwhile."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from shared.contracts.errors import NotFound
from tests.integration.services.belongings import Belongings, at_head, belongings, read, submit
from tests.support.stack import Stack
from tests.support.waiting import wait_until


def completed(portal: Stack, owner: Belongings, resync_id: str) -> dict[str, Any]:
    def ended() -> Any:
        status = read(portal, owner.customer, "resync_status", resync_id=resync_id)
        return status if status["state"] in ("completed", "failed") else None

    status: dict[str, Any] = wait_until(ended, what="the resync has ended")
    return status


def test_a_resync_ends_with_all_events_applied_and_nothing_different(portal: Stack, owner: Belongings):
    before = read(portal, owner.customer, at_least=owner.position)
    asked = portal.call("portal_read.resync", owner.customer.token)
    status = completed(portal, owner, asked["resync_id"])
    assert (status["state"], status["changes"]) == ("completed", {})
    assert status["applied"] == status["total"] > 0
    assert status["started_at"] <= status["finished_at"]
    after = read(portal, owner.customer, at_least=asked["position"])
    assert {name: after[name] for name in ("sites", "requests", "counts")} == {
        name: before[name] for name in ("sites", "requests", "counts")
    }


def test_what_had_gone_wrong_in_the_view_is_put_right_and_named(portal: Stack, portal_database: Engine):
    owner = belongings(portal, portal.provider())
    read(portal, owner.customer, at_least=owner.position)
    with portal_database.begin() as connection:
        gone = text("DELETE FROM portal_read.requests WHERE owner_id = :company AND request_id = :request")
        connection.execute(gone, {"company": owner.ids["company_id"], "request": owner.ids["request_id"]})
    with pytest.raises(NotFound):
        read(portal, owner.customer, "request", request_id=owner.ids["request_id"])
    asked = portal.call("portal_read.resync", owner.customer.token)
    status = completed(portal, owner, asked["resync_id"])
    assert status["changes"] == {"requests": {"added": 1, "changed": 0, "removed": 0}}
    assert read(portal, owner.customer, "request", request_id=owner.ids["request_id"])["title"]


def test_what_was_acknowledged_before_or_meanwhile_is_in_the_new_view(portal: Stack, owner: Belongings):
    asked = portal.call("portal_read.resync", owner.customer.token)
    request_id = submit(portal, owner.customer, title="Mitten im Neuaufbau")
    completed(portal, owner, asked["resync_id"])
    head = at_head(portal, owner.staff)
    titles = [item["title"] for item in read(portal, owner.customer, "requests", at_least=head)["items"]]
    assert titles.count("Mitten im Neuaufbau") == 1
    assert read(portal, owner.customer, "request", request_id=request_id)["status"] == "submitted"


def test_a_strangers_resync_is_not_found(portal: Stack, owner: Belongings):
    stranger = portal.customer(portal.provider())
    with pytest.raises(NotFound):
        portal.call("portal_read.resync_status", stranger.token, resync_id=owner.ids["resync_id"])
