"""A portal of its own whose mails go to a server of the tests, and looks at its ledger."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, text

from deploy.servers import PostgreSQL
from shared.database.engine import connect
from tests.support.mail import MailServer, catching, text_of
from tests.support.scene import PASSWORD
from tests.support.spans import Collector, collecting
from tests.support.stack import START_S, Stack, is_ready, running
from tests.support.waiting import wait_until


class MailingStack(Stack):
    """A portal whose customers take the link from their mail."""

    def __init__(self, server: MailServer, **options: Any) -> None:
        super().__init__(smtp_url=server.url, **options)
        self._server = server

    def accept_invitation(self, staff: str, company_id: str) -> Any:
        """Invite a company's main contact, and follow the link in the mail; the session that this begins."""
        company = self.call("customers.company", staff, company_id=company_id)
        (email,) = (
            each["email"] for each in company["contacts"] if each["contact_id"] == company["main_contact_id"]
        )
        self.call("invitation.invite", staff, company_id=company_id)
        return self.call("invitation.accept", token=token_in(self._server, email), password=PASSWORD)


@dataclass
class Mailing:
    """A running portal, its mail server, its database, and who collects its spans."""

    portal: Stack
    server: MailServer
    database: Engine
    collector: Collector

    def deliveries(self, staff: str, **arguments: Any) -> list[dict[str, Any]]:
        """The ledger as staff see it, newest first."""
        found: list[dict[str, Any]] = self.portal.call("notifications.deliveries", staff, **arguments)[
            "items"
        ]
        return found

    def delivery(self, staff: str, template: str, *states: str) -> dict[str, Any]:
        """The newest delivery of a template, once it is in one of the states."""

        def found() -> dict[str, Any] | None:
            mails = [each for each in self.deliveries(staff) if each["template"] == template]
            return mails[0] if mails and mails[0]["state"] in states else None

        what = f"{template} is {' or '.join(states)}"
        result: dict[str, Any] = wait_until(found, what=what)
        return result

    def sent(self, staff: str, template: str) -> dict[str, Any]:
        """The newest delivery of a template, once it is sent."""
        return self.delivery(staff, template, "sent")

    def events(self, delivery_id: str) -> list[str]:
        """What the log says of a delivery."""
        statement = text("SELECT type FROM eventlog.events WHERE stream_id = :id ORDER BY version")
        with self.database.connect() as connection:
            return list(connection.execute(statement, {"id": delivery_id}).scalars())

    def let_time_pass(self, delivery_id: str, *, age: str = "0 s") -> None:
        """Make a delivery due now, as one that was written down that long ago."""
        statement = """
            UPDATE notifications.deliveries
               SET due_at = now(), created_at = now() - CAST(:age AS interval)
             WHERE delivery_id = :id AND state IN ('queued', 'sending')
        """
        with self.database.begin() as connection:
            connection.execute(text(statement), {"id": delivery_id, "age": age})

    def restart(self, **environment: str) -> None:
        """Start another process in the place of the one that has ended or is ended now."""
        process = self.portal.processes["notifications"]
        process.kill()
        process.wait()
        log = self.portal.logs / "notifications.log"
        log.rename(log.with_suffix(f".{secrets.token_hex(3)}.log"))
        self.portal.start("notifications", **environment)
        wait_until(lambda: is_ready(log), what="notifications is ready again", timeout=START_S)


@contextmanager
def mailing(
    postgresql: PostgreSQL, amqp_uri: str, template_database: str, keys: Path, folder: Path
) -> Iterator[Mailing]:
    name = f"mails_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql.uri("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    with catching(folder / "caught") as server, collecting() as collector:
        stack = MailingStack(
            server,
            amqp_uri=amqp_uri,
            database_url=postgresql.uri(name),
            keys=keys,
            logs=folder,
            settings=collector.settings,
        )
        engine = connect(stack.database_url, name="tests of mails")
        try:
            with running(stack):
                yield Mailing(stack, server, engine, collector)
        finally:
            engine.dispose()
            for log in sorted(folder.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text()[-3_000:]}")


def token_in(server: MailServer, email: str, path: str = "invitation") -> str:
    """The secret in the newest mail to an address."""
    found = re.search(rf"http://127.0.0.1:8000/{path}/(\S+)", text_of(server.wait_for(email)[-1]))
    assert found
    return found[1]


def subjects(server: MailServer, email: str, count: int) -> list[str]:
    """What the mails to an address are about, once there are so many."""
    return [str(each["Subject"]).replace("\xa0", " ") for each in server.wait_for(email, count)]
