"""A company that was parked, from the event that can't be shown to the view that has it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from tests.integration.portalctl.commands import Portalctl
from tests.integration.services.belongings import read
from tests.support.pushes import listening
from tests.support.stack import Stack
from tests.support.waiting import wait_until

NAME, FAULT = "Filiale am Ende der Welt", "CHECK (name <> 'Filiale am Ende der Welt')"


@pytest.fixture
def fault(portal_database: Engine) -> Iterator[None]:
    """A fault of ours: sites of one name can't be written, until it is mended."""
    with portal_database.begin() as connection:
        connection.execute(text(f"ALTER TABLE portal_read.sites ADD CONSTRAINT fault {FAULT}"))
    yield
    mend(portal_database)


def mend(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE portal_read.sites DROP CONSTRAINT IF EXISTS fault"))


def test_a_company_is_parked_alone_said_to_be_stale_listed_and_resumed_without_loss(
    portal: Stack, portal_database: Engine, fault: None
):
    staff, operator = portal.provider(), Portalctl(portal.environment)
    customer, neighbour = portal.customer(staff), portal.customer(staff, name="Gasthof Post")

    def add_site(company_id: str, name: str) -> str:
        site = {"company_id": company_id, "name": name, "address": "Bahnhofstraße 1"}
        return str(portal.call("customers.add_site", staff, **site)["position"])

    def parked() -> list[str]:
        listed = operator.json("projections", "list")["parked"]
        return [each["error"] for each in listed if each["company_id"] == customer.company_id]

    with listening(portal.amqp_uri) as ear:
        at = add_site(customer.company_id, NAME)
        ear.until("view_changed", company_id=customer.company_id, position=at)
    wait_until(lambda: read(portal, customer, at_least=at)["stale"], what="it is said to be stale")
    for query in ("sites", "equipment", "documents", "requests", "settings", "dashboard"):
        assert read(portal, customer, query)["stale"], query
    later = add_site(customer.company_id, "Filiale Nord")
    seen = read(portal, customer, at_least=later)
    assert (seen["reached"], seen["stale"], seen["counts"]["sites"]) == (True, True, 1)
    assert not read(portal, neighbour, at_least=add_site(neighbour.company_id, "Scheune"))["stale"]
    [error] = parked()
    assert error.startswith("site_added ")
    assert error.endswith("IntegrityError")

    refused = operator.run("projections", "resume", "--company", customer.company_id)
    assert (refused.returncode, "site_added at " in refused.stderr) == (1, True)
    mend(portal_database)
    operator.json("projections", "resume", "--company", customer.company_id)
    assert parked() == []
    seen = read(portal, customer)
    assert (seen["stale"], seen["counts"]["sites"]) == (False, 3)
