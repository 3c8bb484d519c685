"""A portal made of what another one left: it goes on from there, and repeats nothing."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from shared.database.engine import connect
from tests.faults.cast import Person
from tests.faults.oracle import subscribed
from tests.faults.seen import Seen
from tests.faults.trial import PATIENCE_S, Trial
from tests.integration.portalctl.commands import Portalctl
from tests.support.mail import MailServer
from tests.support.stack import Stack, running, wait_until
from tests.support.virtual_hosts import VirtualHosts

Events = dict[tuple[int, int], Any]


class OtherPortal:
    """In a virtual host of its own of the trial's broker, with its own mail server; it does not run yet."""

    def __init__(self, trial: Trial, database_url: str, mails: MailServer, folder: Path) -> None:
        (folder / "logs").mkdir()
        (folder / "files").mkdir()
        self._trial, self._mails = trial, mails
        self._stack = Stack(
            amqp_uri=VirtualHosts(trial.rabbitmq).fresh(),
            database_url=database_url,
            keys=trial.stack.keys,
            logs=folder / "logs",
            smtp_url=mails.url,
        )
        self.portalctl = Portalctl(self._stack.environment)

    def events(self) -> Events:
        return events_in(self._stack.database_url)

    def must_go_on(self) -> None:
        """Let it work: its log only grows, and what the trial's portal has sent it does not send."""
        had, sent = self.events(), caught(self._trial.mails)
        with running(self._stack):
            self._serve()
            self._come_to_rest()
            for verify in (("events", "verify"), ("projections", "verify")):
                verified = self.portalctl.run(*verify)
                assert verified.returncode == 0, verified.stdout + verified.stderr
        has = self.events()
        assert had == {at: event for at, event in has.items() if at in had}
        assert len(has) > len(had)
        since = caught(self._mails)
        assert since
        assert max(since.values()) == 1
        assert not since.keys() & sent.keys()

    def _serve(self) -> None:
        """Who had an account signs in with it, asks for work, and gets an order for it."""
        company = self._trial.companies[0]
        customer, staff = (Person(self._stack, person.email) for person in (company.customer, company.staff))
        request = {"title": "Nach der Rückkehr", "description": "Es geht weiter.", "site_id": company.site_id}
        request_id = self._stack.call("requests.submit", customer.token, **request)["request_id"]
        self._stack.call("requests.accept", staff.token, request_id=request_id)

        def order() -> Any:
            return self._stack.call("portal_read.request", customer.token, request_id=request_id)["order"]

        wait_until(order, what="the order is there", timeout=PATIENCE_S)

    def _come_to_rest(self) -> None:
        """What no queue of this broker holds is missed after a while; then nothing more is to be sent."""

        def at_rest(engine: Engine) -> bool:
            seen = Seen.of(engine)
            taken_up = all(ids <= seen.handled[queue] for queue, ids in subscribed(seen))
            return taken_up and not {"queued", "sending"} & {mail.state for mail in seen.deliveries}

        with _connected(self._stack.database_url) as engine:
            wait_until(lambda: at_rest(engine), what="nothing is left to do", timeout=PATIENCE_S)


def events_in(database_url: str) -> Events:
    """(partition, position) → event."""
    with _connected(database_url) as engine:
        return {(event.partition, event.position): event for event in Seen.of(engine).events}


def caught(server: MailServer) -> Counter[str]:
    """Message-ID → how often the mail server has got it."""
    return Counter(str(mail["Message-ID"]) for mail in server.mails())


@contextmanager
def _connected(url: str) -> Iterator[Engine]:
    engine = connect(url, name="other portal")
    try:
        yield engine
    finally:
        engine.dispose()
