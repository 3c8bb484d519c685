"""Gateways are told when a customer's view shows something new, and how far a resync is."""

import pytest

from shared.contracts.position import Position
from tests.integration.services.belongings import REQUEST, read
from tests.support.pushes import Ear, listening
from tests.support.stack import Stack
from tests.support.waiting import wait_until


@pytest.fixture
def ear(portal: Stack):
    with listening(portal.amqp_uri) as ear:
        yield ear


def test_what_is_told_to_have_changed_can_be_seen_at_once(portal: Stack, ear: Ear):
    customer = portal.customer(portal.provider())
    asked = portal.call("requests.submit", customer.token, site_id=customer.site_id, **REQUEST)

    def is_told() -> bool:
        of_it = [said for _, said in ear.listen() if said["company_id"] == customer.company_id]
        return any("requests" in said["sections"] for said in of_it)

    wait_until(is_told, what="the request is told of")
    seen = read(portal, customer)
    assert seen["counts"]["open_requests"] == 1
    assert Position.parse(seen["position"]) >= Position.parse(asked["position"])


def test_a_resync_is_told_of_until_its_end(portal: Stack, ear: Ear):
    customer = portal.customer(portal.provider())
    asked = portal.call("portal_read.resync", customer.token)
    ended = ear.until("resync_progressed", resync_id=asked["resync_id"], state="completed")
    assert ended["company_id"] == customer.company_id
    assert ended["applied"] == ended["total"] > 0
    status = read(portal, customer, "resync_status", resync_id=asked["resync_id"])
    assert (status["state"], status["applied"]) == ("completed", ended["applied"])


def test_a_push_names_whom_it_is_for_and_holds_nothing_of_what_it_is_about(portal: Stack, ear: Ear):
    customer = portal.customer(portal.provider())
    told = ear.until("view_changed", company_id=customer.company_id)
    assert set(told) == {"provider_id", "company_id", "position", "sections"}
