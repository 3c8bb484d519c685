"""Whatever happens to the mail server or to us, each mail goes out once, or the ledger says why not."""

import signal
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.integration.notifications.mailing import Mailing
from tests.integration.services.belongings import submit
from tests.support.mail import HANG_UP, text_of
from tests.support.scene import Customer
from tests.support.waiting import wait_until


def paused_after_the_mail_servers_yes(mail: Mailing, customer: Customer) -> subprocess.Popen[bytes]:
    """The process, stopped by a signal before it can write down that a mail was taken."""
    mail.restart(PORTAL_FAILPOINTS="notifications.after_accept=pause")
    submit(mail.portal, customer)
    process = mail.portal.processes["notifications"]
    status = Path(f"/proc/{process.pid}/status")
    wait_until(lambda: "T (stopped)" in status.read_text(), what="the mail server has said yes")
    return process


def test_mails_wait_while_the_mail_server_is_away_and_go_out_in_order(
    mail: Mailing, staff: str, customer: Customer
):
    mail.server.stop()
    first, second = submit(mail.portal, customer), submit(mail.portal, customer)
    mail.portal.call("requests.decline", staff, request_id=first, reason="Eins.")
    mail.portal.call("requests.decline", staff, request_id=second, reason="Zwei.")
    waiting = mail.delivery(staff, "request_submitted", "queued")
    wait_until(
        lambda: [each for each in mail.deliveries(staff) if each["error"] == "unreachable"],
        what="a mail was tried in vain",
    )
    assert mail.server.mails(customer.email)[1:] == []
    mail.server.start()
    mail.delivery(staff, "request_declined", "sent")
    said = [text_of(each) for each in mail.server.wait_for(customer.email, 3)[1:]]
    assert ["> Eins." in said[0], "> Zwei." in said[1]] == [True, True]
    assert mail.events(waiting["delivery_id"]) == ["mail_sent"]


@pytest.mark.parametrize("answer", ["451 Try again later", HANG_UP])
def test_a_mail_that_is_put_off_holds_up_no_other_and_arrives_later(
    mail: Mailing, staff: str, customer: Customer, provider_email: str, answer: str
):
    mail.server.answers[customer.email] = answer
    request_id = submit(mail.portal, customer)
    mail.portal.call("requests.decline", staff, request_id=request_id, reason="Nein.")
    wait_until(lambda: customer.email in mail.server.asked[1:], what="it was tried")
    submit(mail.portal, customer)
    mail.server.wait_for(provider_email, 2)
    delivery = mail.delivery(staff, "request_declined", "queued")
    assert delivery["error"] == {HANG_UP: "disconnected"}.get(answer, "451")
    del mail.server.answers[customer.email]
    mail.let_time_pass(delivery["delivery_id"])
    sent = mail.delivery(staff, "request_declined", "sent")
    assert sent["attempts"] >= 2
    assert len(mail.server.mails(customer.email)) == 2


def test_a_mail_that_is_refused_for_good_fails_at_once(mail: Mailing, staff: str, customer: Customer):
    mail.server.answers[customer.email] = "550 5.1.1 No such user"
    request_id = submit(mail.portal, customer)
    mail.portal.call("requests.decline", staff, request_id=request_id, reason="Nein.")
    failed = mail.delivery(staff, "request_declined", "failed")
    assert (failed["error"], failed["attempts"]) == ("550", 1)
    assert mail.events(failed["delivery_id"]) == ["mail_failed"]


def test_a_failed_mail_that_an_operator_sets_back_is_sent(mail: Mailing, staff: str, customer: Customer):
    mail.server.answers[customer.email] = "550 5.1.1 No such user"
    mail.portal.call("requests.decline", staff, request_id=submit(mail.portal, customer), reason="Nein.")
    failed = mail.delivery(staff, "request_declined", "failed")
    del mail.server.answers[customer.email]
    statement = """
        UPDATE notifications.deliveries
           SET state = 'queued', due_at = now(), created_at = now(), attempts = 0, finished_at = NULL
         WHERE delivery_id = :id
    """
    with mail.database.begin() as connection:
        connection.execute(text(statement), {"id": failed["delivery_id"]})
    mail.sent(staff, "request_declined")
    assert mail.events(failed["delivery_id"]) == ["mail_failed", "mail_sent"]


def test_a_mail_that_can_not_be_built_holds_up_no_other(
    mail: Mailing, staff: str, customer: Customer, provider_email: str
):
    mail.server.stop()
    submit(mail.portal, customer)
    poisoned = mail.delivery(staff, "request_submitted", "queued")
    with mail.database.begin() as connection:
        connection.execute(
            text("UPDATE notifications.deliveries SET position = 1000000 WHERE delivery_id = :id"),
            {"id": poisoned["delivery_id"]},
        )
    mail.server.start()
    submit(mail.portal, customer)
    mail.server.wait_for(provider_email)
    (last,) = [each for each in mail.deliveries(staff) if each["delivery_id"] == poisoned["delivery_id"]]
    assert last["error"] == "internal_error"
    with mail.database.begin() as connection:
        connection.execute(
            text("DELETE FROM notifications.deliveries WHERE delivery_id = :id"),
            {"id": poisoned["delivery_id"]},
        )


def test_after_a_day_a_mail_is_given_up(mail: Mailing, staff: str, customer: Customer):
    mail.server.answers[customer.email] = "450 Mailbox busy"
    request_id = submit(mail.portal, customer)
    mail.portal.call("requests.decline", staff, request_id=request_id, reason="Nein.")
    delivery = mail.delivery(staff, "request_declined", "queued")
    wait_until(lambda: mail.deliveries(staff)[0]["error"], what="it was tried")
    mail.let_time_pass(delivery["delivery_id"], age="25 hours")
    failed = mail.delivery(staff, "request_declined", "failed")
    assert failed["error"] == "450"
    assert mail.events(failed["delivery_id"]) == ["mail_failed"]


def test_a_process_that_dies_after_the_mail_server_said_yes_sends_again_under_the_same_id(
    mail: Mailing, staff: str, customer: Customer
):
    mail.restart(PORTAL_FAILPOINTS="notifications.after_accept=kill")
    request_id = submit(mail.portal, customer)
    process = mail.portal.processes["notifications"]
    assert process.wait(30) == -signal.SIGKILL
    with mail.database.connect() as connection:
        state = connection.execute(
            text("SELECT state, attempts FROM notifications.deliveries WHERE state = 'sending'")
        ).one()
    assert tuple(state) == ("sending", 1)
    mail.restart()
    delivery = mail.delivery(staff, "request_submitted", "sent")
    assert delivery["attempts"] == 2
    about = [each for each in mail.server.mails() if delivery["delivery_id"] in each["Message-ID"]]
    assert len(about) == 2
    assert len({each["Message-ID"] for each in about}) == 1
    assert mail.events(delivery["delivery_id"]) == ["mail_sent"]
    assert request_id in text_of(about[0])


def test_a_mail_that_was_taken_while_the_database_went_away_is_not_sent_again(
    mail: Mailing, staff: str, customer: Customer
):
    process = paused_after_the_mail_servers_yes(mail, customer)
    with mail.database.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'idle in transaction'"
            )
        )
    process.send_signal(signal.SIGCONT)
    delivery = mail.delivery(staff, "request_submitted", "sent")
    assert delivery["attempts"] == 1
    assert len([each for each in mail.server.mails() if delivery["delivery_id"] in each["Message-ID"]]) == 1
    assert mail.events(delivery["delivery_id"]) == ["mail_sent"]


def test_a_mail_that_was_taken_is_not_sent_again_while_the_lost_transaction_still_locks_it(
    mail: Mailing, staff: str, customer: Customer, provider_email: str
):
    """As where the line to the database was cut: it goes on as if somebody worked on the mail."""
    process = paused_after_the_mail_servers_yes(mail, customer)
    with mail.database.connect() as lost:
        lost.execute(
            text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'idle in transaction'"
                " AND pid <> pg_backend_pid()"
            )
        )
        lost.execute(text("SELECT FROM notifications.deliveries WHERE state = 'sending' FOR UPDATE"))
        process.send_signal(signal.SIGCONT)
        submit(mail.portal, customer)
        mail.server.wait_for(provider_email, 2)
    wait_until(lambda: {each["state"] for each in mail.deliveries(staff)} == {"sent"}, what="all are sent")
    assert [each["attempts"] for each in mail.deliveries(staff)] == [1] * len(mail.deliveries(staff))
    ids = [each["Message-ID"] for each in mail.server.mails(provider_email)]
    assert len(ids) == len(set(ids)) == 2


def test_two_processes_send_each_mail_once(
    mail: Mailing, staff: str, customer: Customer, provider_email: str
):
    log = mail.portal.logs / "second.log"
    first = mail.portal.processes["notifications"]
    second = mail.portal.start(
        "second", "shared.messaging.runner", "services.notifications.service:NotificationsService"
    )
    wait_until(lambda: b"rpc_ready" in log.read_bytes(), what="the second is ready")
    try:
        mail.server.slow[provider_email] = 0.2
        for _ in range(12):
            submit(mail.portal, customer)
        mail.server.wait_for(provider_email, 12)
        wait_until(
            lambda: {each["state"] for each in mail.deliveries(staff)} == {"sent"}, what="all are sent"
        )
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(30)
    ids = [each["Message-ID"] for each in mail.server.mails(provider_email)]
    assert len(ids) == len(set(ids)) == 12
    assert first.poll() is None


def test_what_is_published_again_is_not_sent_again(
    mail: Mailing, staff: str, customer: Customer, provider_email: str
):
    portal = mail.portal
    request_id = submit(portal, customer)
    portal.call("requests.decline", staff, request_id=request_id, reason="Nein.")
    mail.sent(staff, "request_declined")
    mail.server.wait_for(provider_email)
    relay = portal.processes["relay"]
    relay.send_signal(signal.SIGTERM)
    relay.wait(20)
    with mail.database.begin() as connection:
        connection.execute(text("UPDATE eventlog.relay SET position = 0, expires_at = '-infinity'"))
        connection.execute(text("DELETE FROM eventlog.inbox WHERE subscription LIKE 'notifications.%'"))
    portal.start("relay", "shared.eventlog.relay")
    handled = text(
        "SELECT count(*) FROM eventlog.inbox WHERE subscription = 'notifications.request_declined'"
    )

    def redelivered() -> bool:
        with mail.database.connect() as connection:
            return bool(connection.execute(handled).scalar())

    wait_until(redelivered, what="the events have come again")
    submit(portal, customer)
    mail.server.wait_for(provider_email, 2)
    assert len(mail.server.mails(provider_email)) == len(mail.server.mails(customer.email)) == 2
