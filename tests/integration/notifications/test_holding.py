"""A portal made of a copy sends no mail that the other one may have sent; what happens since, it tells."""

from tests.integration.notifications.mailing import Mailing
from tests.integration.portalctl.commands import Portalctl
from tests.integration.services.belongings import submit
from tests.support.scene import Customer
from tests.support.waiting import wait_until


def test_what_is_in_the_log_is_held_whether_it_was_taken_up_or_not_and_what_happens_since_is_sent(
    mail: Mailing, staff: str, customer: Customer, provider_email: str
):
    portal, operator = mail.portal, Portalctl(mail.portal.environment)
    mail.restart(PORTAL_SMTP_URL="")
    taken_up = submit(portal, customer)
    mail.delivery(staff, "request_submitted", "queued")
    assert "`notifications` is at work" in operator.run("mails", "hold").stderr
    process = portal.processes["notifications"]
    process.kill()
    process.wait()
    submit(portal, customer)
    held = wait_until(lambda: operator.run("mails", "hold").stdout, what="the database has noticed")
    assert "Held 1 mail that" in held
    assert operator.json("mails", "hold") == {"held_mails": 0}
    mail.restart()
    portal.call("requests.withdraw", customer.token, request_id=taken_up)
    mail.sent(staff, "request_withdrawn")
    wait_until(lambda: len(mail.deliveries(staff)) == 4, what="all have been taken up")
    untold = [each for each in mail.deliveries(staff) if each["template"] == "request_submitted"]
    assert [(each["state"], each["error"]) for each in untold] == [("skipped", "restored")] * 2
    assert all(each["finished_at"] for each in untold)
    [sent] = mail.server.mails(provider_email)
    assert "zurückgezogen" in sent["Subject"]
