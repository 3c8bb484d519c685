"""A copy made under load becomes a portal that goes on where the copy was made."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from shared.database.engine import connect
from shared.eventlog.tables import events
from tests.faults.cast import Person
from tests.faults.oracle import judge
from tests.faults.trial import Trial
from tests.integration.portalctl.commands import Portalctl
from tests.support.stack import Stack, running, wait_until
from tests.support.virtual_hosts import VirtualHosts

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
ELSEWHERE = "elsewhere"


@pytest.fixture
def elsewhere(trial: Trial, tmp_path: Path) -> Stack:
    """Another broker's place, another database, another file store; nothing runs there yet."""
    trial.postgresql.create_database(ELSEWHERE)
    (tmp_path / "logs").mkdir()
    (tmp_path / "files").mkdir()
    return Stack(
        amqp_uri=VirtualHosts(trial.rabbitmq).fresh(),
        database_url=trial.postgresql.uri(ELSEWHERE),
        keys=trial.stack.keys,
        logs=tmp_path / "logs",
        smtp_url=trial.mails.url,
    )


def test_a_portal_restored_from_a_copy_made_under_load_goes_on_without_a_doubled_mail_or_position(
    trial: Trial, elsewhere: Stack, tmp_path: Path, seed: int
) -> None:
    copy = str(tmp_path / "copy")
    with trial.load(seed):
        trial.some_work()
        made = Portalctl(trial.stack.environment).run("backup", copy)
        assert made.returncode == 0, made.stderr
        trial.some_work()
    judge(trial)
    sent = _caught(trial)

    portalctl = Portalctl(elsewhere.environment)
    restored = portalctl.json("restore", copy)
    assert "not empty" in portalctl.run("restore", copy).stderr
    before, copied = _events(trial.database_url), _events(elsewhere.database_url)
    assert len(copied) == sum(restored["heads"].values())
    assert copied == {at: event for at, event in before.items() if at in copied}
    assert len(copied) < len(before)
    assert restored["files"] == len(trial.companies)

    with running(elsewhere):
        _carries_on(elsewhere, trial)
        verified = portalctl.run("projections", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
    after = _events(elsewhere.database_url)
    assert copied == {at: event for at, event in after.items() if at in copied}
    assert len(after) > len(copied)
    since = _caught(trial) - sent
    assert since
    assert max(since.values()) == 1
    assert not since.keys() & sent.keys()


def _carries_on(elsewhere: Stack, trial: Trial) -> None:
    """Who had an account signs in with it, asks for work, and gets an order and mails for it."""
    company = trial.companies[0]
    customer, staff = (Person(elsewhere, person.email) for person in (company.customer, company.staff))
    request = {"title": "Nach der Rückkehr", "description": "Es geht weiter.", "site_id": company.site_id}
    request_id = elsewhere.call("requests.submit", customer.token, **request)["request_id"]
    elsewhere.call("requests.accept", staff.token, request_id=request_id)

    def order() -> Any:
        return elsewhere.call("portal_read.request", customer.token, request_id=request_id)["order"]

    wait_until(order, what="the order is there", timeout=120)
    wait_until(
        lambda: not {"queued", "sending"} & {each["state"] for each in _deliveries(elsewhere, staff)},
        what="all mails are sent",
        timeout=120,
    )


def _deliveries(elsewhere: Stack, staff: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = elsewhere.call("notifications.deliveries", staff.token)["items"]
    return items


def _caught(trial: Trial) -> Counter[str]:
    """Message-ID → how often the mail server has got it."""
    return Counter(str(mail["Message-ID"]) for mail in trial.mails.mails())


def _events(url: str) -> dict[tuple[int, int], Any]:
    engine = connect(url, name="copies")
    try:
        with engine.connect() as connection:
            return {(event.partition, event.position): event for event in connection.execute(select(events))}
    finally:
        engine.dispose()
