"""A copy made under load becomes a portal that goes on where the copy was made."""

import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.database.engine import connect
from tests.faults.cast import Person
from tests.faults.oracle import judge, subscribed
from tests.faults.seen import Seen
from tests.faults.trial import PATIENCE_S, Trial
from tests.integration.portalctl.commands import Portalctl
from tests.support.mail import MailServer, catching
from tests.support.stack import Stack, running, wait_until
from tests.support.virtual_hosts import VirtualHosts

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[MailServer]:
    """The other portal's own."""
    with catching(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def elsewhere(trial: Trial, mails: MailServer, tmp_path: Path) -> Stack:
    """Another broker's place, another database, another file store; nothing runs there yet."""
    name = f"elsewhere_{secrets.token_hex(4)}"
    trial.postgresql.create_database(name)
    (tmp_path / "logs").mkdir()
    (tmp_path / "files").mkdir()
    return Stack(
        amqp_uri=VirtualHosts(trial.rabbitmq).fresh(),
        database_url=trial.postgresql.uri(name),
        keys=trial.stack.keys,
        logs=tmp_path / "logs",
        smtp_url=mails.url,
    )


@pytest.mark.parametrize("down", [False, True], ids=["all at work", "notifications down"])
def test_a_portal_restored_from_a_copy_made_under_load_goes_on_without_a_doubled_mail_or_position(
    trial: Trial, elsewhere: Stack, mails: MailServer, tmp_path: Path, seed: int, down: bool
) -> None:
    copy = str(tmp_path / "copy")
    with trial.load(seed):
        trial.some_work()
        if down:
            # The copy has events, then, that it has no row of in its ledger.
            trial.end("notifications")
            trial.some_work(10)
        made = Portalctl(trial.stack.environment).run("backup", copy)
        assert made.returncode == 0, made.stderr
        if down:
            trial.restart("notifications")
        trial.some_work()
    judge(trial)
    sent = _caught(trial.mails)

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
        _takes_up_what_is_in_the_log(elsewhere)
        verified = portalctl.run("projections", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
    after = _events(elsewhere.database_url)
    assert copied == {at: event for at, event in after.items() if at in copied}
    assert len(after) > len(copied)
    since = _caught(mails)
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

    wait_until(order, what="the order is there", timeout=PATIENCE_S)


def _takes_up_what_is_in_the_log(elsewhere: Stack) -> None:
    """What no queue of the other broker holds is missed after a while; then nothing more is to be sent."""

    def at_rest(engine: Engine) -> bool:
        seen = Seen.of(engine)
        taken_up = all(ids <= seen.handled[queue] for queue, ids in subscribed(seen))
        return taken_up and not {"queued", "sending"} & {mail.state for mail in seen.deliveries}

    with _connected(elsewhere.database_url) as engine:
        wait_until(lambda: at_rest(engine), what="nothing is left to do", timeout=PATIENCE_S)


def _caught(server: MailServer) -> Counter[str]:
    """Message-ID → how often the mail server has got it."""
    return Counter(str(mail["Message-ID"]) for mail in server.mails())


def _events(url: str) -> dict[tuple[int, int], Any]:
    with _connected(url) as engine:
        return {(event.partition, event.position): event for event in Seen.of(engine).events}


@contextmanager
def _connected(url: str) -> Iterator[Engine]:
    engine = connect(url, name="copies")
    try:
        yield engine
    finally:
        engine.dispose()
