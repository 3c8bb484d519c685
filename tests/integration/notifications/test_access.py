"""The mails that let people in: their links are good, and nowhere but in the mail."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from shared.contracts.errors import NotFound
from tests.integration.notifications.mailing import Mailing, token_in
from tests.integration.services.inviting import company_with
from tests.support.mail import text_of
from tests.support.scene import PASSWORD, Customer


def test_an_invitation_brings_a_link_that_is_good_and_that_no_table_keeps(mail: Mailing, staff: str):
    email = f"kunde-{uuid4()}@example.com"
    company_id = company_with(mail.portal, staff, email=email)
    mail.portal.call("invitation.invite", staff, company_id=company_id)
    (invitation,) = mail.server.wait_for(email)
    token = token_in(mail.server, email)
    assert mail.portal.call("invitation.check", token=token)["email"] == email
    assert invitation["From"].addresses[0].display_name == "Huber Heizungsbau GmbH"
    delivery = mail.delivery(staff, "invitation", "sent")
    assert (delivery["email"], delivery["attempts"], delivery["error"]) == (email, 1, None)
    assert mail.events(delivery["delivery_id"]) == ["mail_sent"]
    assert token in text_of(invitation, "html")
    with mail.database.connect() as connection:
        for table in ("eventlog.events", "notifications.deliveries", "eventlog.commands"):
            rows = connection.execute(text(f"SELECT t::text FROM {table} AS t")).scalars()
            assert not [row for row in rows if token in row]
    logs = "".join(log.read_text() for log in mail.portal.logs.glob("*.log"))
    assert token not in logs
    assert email not in logs


def test_a_resent_invitation_brings_another_link_and_the_first_is_good_no_more(mail: Mailing, staff: str):
    email = f"kunde-{uuid4()}@example.com"
    invited = mail.portal.call(
        "invitation.invite", staff, company_id=company_with(mail.portal, staff, email=email)
    )
    first = token_in(mail.server, email)
    mail.portal.call("invitation.resend", staff, invitation_id=invited["invitation_id"])
    mail.server.wait_for(email, 2)
    with pytest.raises(NotFound):
        mail.portal.call("invitation.check", token=first)
    assert mail.portal.call("invitation.check", token=token_in(mail.server, email))["state"] == "open"


def test_customers_and_staff_reset_their_password_by_the_mail_and_hear_that_it_was_changed(
    mail: Mailing, staff: str, customer: Customer
):
    account = f"dispo-{uuid4()}@huber.example.com"
    provider_id = mail.portal.call("customers.provider", staff)["provider_id"]
    mail.portal.call(
        "invitation.register_staff",
        mail.portal.operator,
        provider_id=provider_id,
        email=account,
        password=PASSWORD,
    )
    for email, before in ((customer.email, 1), (account, 0)):
        mail.portal.call("invitation.request_password_reset", email=email)
        mail.server.wait_for(email, before + 1)
        token = token_in(mail.server, email, "reset-password")
        mail.portal.call("invitation.reset_password", token=token, password="ein-neues-kesselventil")
        told = mail.server.wait_for(email, before + 2)[-1]
        assert told["Subject"] == "Ihr Passwort wurde geändert"
        assert "http" not in text_of(told)
    addresses = {each["email"] for each in mail.deliveries(staff) if each["template"] == "password_reset"}
    assert addresses == {customer.email, None}


def test_an_invitation_that_was_revoked_before_its_mail_went_out_brings_none(mail: Mailing, staff: str):
    email = f"kunde-{uuid4()}@example.com"
    company_id = company_with(mail.portal, staff, email=email)
    mail.server.stop()
    mail.portal.call("invitation.invite", staff, company_id=company_id)
    invited = mail.portal.call("invitation.invite", staff, company_id=company_id)
    mail.portal.call("invitation.revoke", staff, invitation_id=invited["invitation_id"])
    mail.server.start()
    assert mail.delivery(staff, "invitation", "skipped")["error"] == "outdated"
    assert mail.server.mails(email) == []
