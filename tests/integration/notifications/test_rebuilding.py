"""Rows may be folded anew as often as one likes: nobody gets a mail by it, and the log stays as it is."""

from collections import Counter

from sqlalchemy import Engine, text

from shared.projections import versions
from tests.integration.notifications.mailing import Mailing
from tests.integration.portalctl.commands import Portalctl
from tests.integration.services.belongings import read, submit
from tests.support.scene import Customer
from tests.support.second_version import SECOND
from tests.support.waiting import wait_until


def events(database: Engine, staff_provider: str) -> Counter[str]:
    """How often each type of event is in the log of a provider."""
    statement = text("SELECT type, count(*) FROM eventlog.events WHERE provider_id = :provider GROUP BY type")
    with database.connect() as connection:
        rows = connection.execute(statement, {"provider": staff_provider}).all()
    return Counter({row.type: row.count for row in rows})


def test_a_rebuild_a_resync_and_a_new_version_send_no_mail_and_append_no_event(
    mail: Mailing, staff: str, customer: Customer, provider_email: str
):
    """Relay and notifications run; a step that is taken afterwards shows that they have seen everything."""
    portal, database = mail.portal, mail.database
    provider = portal.call("customers.provider", staff)["provider_id"]
    submit(portal, customer)
    mail.sent(staff, "request_submitted")
    wait_until(lambda: events(database, provider)["mail_sent"] == 2, what="both mails are in the log")
    before = events(database, provider)
    caught = len(mail.server.mails())

    operator = Portalctl(portal.environment)
    assert operator.json("projections", "rebuild", "--all")["failed"] == []
    assert events(database, provider) == before
    operator.json("projections", "rebuild", "--company", customer.company_id)
    resync_id = portal.call("portal_read.resync", customer.token)["resync_id"]
    wait_until(
        lambda: read(portal, customer, "resync_status", resync_id=resync_id)["state"] == "completed",
        what="the resync has ended",
    )
    versions.build(database, SECOND)
    assert events(database, provider) == before

    submit(portal, customer)
    wait_until(lambda: events(database, provider)["mail_sent"] == 3, what="the next mail is in the log")
    assert events(database, provider) - before == Counter(request_submitted=1, mail_sent=1)
    assert len(mail.server.mails()) == caught + 1
    assert len(mail.server.mails(customer.email)) == 1
    assert len(mail.server.mails(provider_email)) == 2
