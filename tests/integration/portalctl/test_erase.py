"""A person who is erased has left no word anywhere, and everything and everybody else is as before."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pika
import psycopg
import pytest
from sqlalchemy import Engine

from deploy.servers import RabbitMQ
from services.portal_read.projection import PORTAL
from shared.contracts.declare import ERASED
from shared.contracts.errors import NotFound, Unauthenticated
from shared.eventlog import reading, verification
from shared.eventlog.findings import Findings
from shared.eventlog.reading import Selection
from shared.identity.certificates import read
from shared.identity.keys import KeyRing
from shared.messaging.cloudevents import outgoing
from shared.projections.history import Owner
from shared.projections.renewal import renew
from shared.projections.verification import verify
from tests.integration.portalctl.commands import Portalctl
from tests.integration.services import belongings
from tests.integration.services.publishing import publish
from tests.support import broker_users, database_roles
from tests.support.scene import PASSWORD, Customer
from tests.support.stack import Stack
from tests.support.waiting import wait_until

TOTAL = {"amount": "1299.90", "currency": "EUR"}
FAILED = "notifications.request_submitted.retry.300s"
_TABLES = """
    SELECT table_schema || '.' || table_name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""


class Person:
    """A main contact of whom every field says something that nothing else says, and a colleague."""

    def __init__(self, portal: Stack, engine: Engine) -> None:
        self.portal, self.engine = portal, engine
        # Digits: what people are found by is kept folded, where "ae" is an "a".
        self.word = f"qzx{secrets.randbelow(10**12):012d}"
        self.phone = f"+49 821 {secrets.randbelow(10**10):010d}"
        self.email = f"{self.word}mail@example.com"
        self.staff = portal.provider()
        self.company_id = self._call("register_company", name="Bäckerei Müller")["company_id"]
        self.contact_id = self._contact(f"{self.word}vor", f"{self.word}nach", self.email, self.phone)
        self.colleague_id = self._contact("Jörg", "Müller", "joerg@example.com", "+49 821 555 100")
        self._call("set_main_contact", company_id=self.company_id, contact_id=self.contact_id)
        place = {"name": "Süd", "address": "Bahnhofstraße 1, 80335 München"}
        self.site_id = self._call("add_site", company_id=self.company_id, **place)["site_id"]
        self.session = portal.accept_invitation(self.staff, self.company_id)
        self.token = self.session["access_token"]

    def live(self) -> None:
        """Do all that leaves something behind."""
        attachment_id = self.attach()
        declined = self.submit("eins", attachment_ids=[attachment_id])
        accepted = self.submit("zwei")
        reason = f"Nein, {self.word}grund."
        self.portal.call("requests.decline", self.staff, request_id=declined["request_id"], reason=reason)
        note = f"Ja, {self.word}notiz."
        self.portal.call("requests.accept", self.staff, request_id=accepted["request_id"], note=note)
        self.portal.call("customers.companies", self.staff, search=f"{self.word}nach")
        self.portal.call("customers.update_contact", self.token, contact_id=self.contact_id, language="en")
        offer = publish(self.engine, self.customer, number=secrets.token_hex(6))
        reason = f"Zu teuer, {self.word}teuer."
        self.portal.call("documents.decline_offer", self.token, document_id=str(offer), reason=reason)
        self.invoice = f"RE-{secrets.token_hex(6)}"
        belongings.publish(
            self.portal, self.staff, self.customer, kind="invoice", number=self.invoice, total=TOTAL
        )
        self.portal.call("invitation.request_password_reset", email=self.email)
        wait_until(self.order_is_there, what="the accepted request has an order")

    def attach(self) -> str:
        content = f"Der Kessel von {self.word}inhalt tropft.".encode()
        sha256 = self.portal.upload(self.token, self.company_id, content)
        stored = {"filename": f"{self.word}datei.txt", "media_type": "text/plain", "size": len(content)}
        made = self.portal.call("documents.store_attachment", self.token, sha256=sha256, **stored)
        return str(made["attachment_id"])

    def submit(self, number: str, **details: Any) -> dict[str, Any]:
        said = {"title": f"{self.word}titel {number}", "description": f"Wegen {self.word}text {number}."}
        sent = self.portal.call("requests.submit", self.token, site_id=self.site_id, **said, **details)
        self.portal.call("portal_read.dashboard", self.token, at_least=sent["position"])
        return dict(sent)

    def order_is_there(self) -> bool:
        return bool(self.portal.call("orders.orders", self.staff)["items"])

    @property
    def customer(self) -> Customer:
        account_id = self.session["caller"]["account_id"]
        return Customer(self.token, self.company_id, self.site_id, "", self.email, account_id)

    def _contact(self, first_name: str, last_name: str, email: str, phone: str) -> str:
        details = {"first_name": first_name, "last_name": last_name, "email": email, "phone": phone}
        added = self._call("add_contact", company_id=self.company_id, notifications_enabled=True, **details)
        return str(added["contact_id"])

    def _call(self, method: str, **arguments: Any) -> Any:
        return self.portal.call(f"customers.{method}", self.staff, **arguments)


@pytest.fixture(scope="module")
def portalctl(portal: Stack, keys: Path) -> Portalctl:
    """With the rights that operators have, and no others."""
    return Portalctl(
        {
            "AMQP_URI": broker_users.url_of("operator", portal.amqp_uri),
            "DATABASE_URL": database_roles.url_of("operator", portal.database_url),
            "PORTAL_KEYS": str(keys),
            "PORTAL_FILES": portal.files_url,
        }
    )


@pytest.fixture(scope="module")
def person(portal: Stack, portal_database: Engine) -> Person:
    person = Person(portal, portal_database)
    person.live()
    return person


def tables_with(database_url: str, *words: str) -> set[str]:
    """The tables of all schemas in which one of the words is."""
    patterns = [f"%{word}%" for word in words]
    with psycopg.connect(database_url) as connection:
        names = [name for (name,) in connection.execute(_TABLES).fetchall()]
        return {
            name
            for name in names
            if connection.execute(
                f"SELECT 1 FROM {name} AS t WHERE t::text ILIKE ANY(%s) LIMIT 1", [patterns]
            ).fetchone()
        }


def queues_with(portal: Stack, rabbitmq: RabbitMQ, word: str) -> set[str]:
    listed = rabbitmq.ctl("list_queues", "--quiet", "--no-table-headers", "name", "messages")
    full = [line.split("\t")[0] for line in listed.splitlines() if line.strip() and not line.endswith("\t0")]
    return {queue for queue in full if any(word.encode() in body for body in bodies(portal, queue))}


def bodies(portal: Stack, queue: str) -> Iterator[bytes]:
    """What lies in a queue, which stays there."""
    with pika.BlockingConnection(pika.URLParameters(portal.amqp_uri)) as connection:
        channel = connection.channel()
        while (got := channel.basic_get(queue))[0] is not None:
            yield got[2]


def files_with(portal: Stack, word: str) -> set[str]:
    store = portal.files
    return {each for each in store.locations() if word.encode() in b"".join(store.chunks(each))}


def logs_with(folder: Path, word: str) -> set[str]:
    return {log.name for log in folder.rglob("*.log*") if word.encode() in log.read_bytes()}


def let_a_request_fail(person: Person) -> None:
    """Have one of the person's events wait for another attempt, as it does once it failed."""
    chosen = Selection("request_submitted", UUID(person.company_id))
    message = outgoing(reading.latest(person.engine, chosen, 1)[0])
    properties = pika.BasicProperties(headers=message.headers, delivery_mode=2)
    with pika.BlockingConnection(pika.URLParameters(person.portal.amqp_uri)) as connection:
        connection.channel().basic_publish("", FAILED, message.body, properties)


def test_what_a_person_leaves_is_where_it_must_be_and_not_in_the_log(
    person: Person, portal: Stack, rabbitmq: RabbitMQ
):
    let_a_request_fail(person)
    found = tables_with(portal.database_url, person.word, person.phone)
    assert found >= {"customers.search_words", "invitation.accounts", "portal_read.requests"}
    assert not any(table.startswith("eventlog.") for table in found)
    assert queues_with(portal, rabbitmq, person.word) == {FAILED}
    assert files_with(portal, person.word)


def test_a_dry_run_says_what_would_go_and_what_the_law_keeps_and_changes_nothing(
    person: Person, portalctl: Portalctl
):
    said = portalctl.json("privacy", "erase", "--contact", person.contact_id, "--dry-run")
    erased = {part["what"]: part["count"] for part in said["erased"]}
    assert (erased["attachments"], erased["accounts"]) == (1, 1)
    kept = {part["what"]: part for part in said["kept"]}
    assert "an id only" in kept["events without personal data"]["reason"]
    assert kept["invoices"]["count"] == 1
    assert person.invoice in str(kept["invoices"])
    assert "eight years" in kept["invoices"]["reason"]
    assert person.portal.call("invitation.sign_in", email=person.email, password=PASSWORD)


def test_an_export_holds_all_that_a_person_has_said_and_their_files(
    person: Person, portalctl: Portalctl, tmp_path: Path
):
    folder = tmp_path / "copy"
    export = ("privacy", "export", "--contact", person.contact_id, "--output", str(folder))
    assert portalctl.json(*export)["files"] == 1
    data, cover = (folder / "data.json").read_text(), (folder / "index.html").read_text()
    for said in ("vor", "nach", "mail", "titel eins", "text zwei", "grund", "notiz", "teuer", "datei"):
        assert f"{person.word}{said}" in data
        assert f"{person.word}{said}" in cover
    assert person.word in (folder / "files" / "001.txt").read_text()
    assert "joerg@example.com" not in data
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "is there already" in portalctl.run(*export).stderr


def test_nobody_is_erased_whose_certificate_can_not_be_written(
    person: Person, portalctl: Portalctl, tmp_path: Path
):
    target = str(tmp_path / "nowhere" / "certificate.json")
    refused = portalctl.run(
        "privacy", "erase", "--contact", person.contact_id, "--yes", "--certificate", target
    )
    assert refused.returncode == 1
    assert refused.stderr == f"Error: {target} can't be written: No such file or directory.\n"
    assert person.portal.call("invitation.sign_in", email=person.email, password=PASSWORD)


def test_an_erased_person_has_left_no_word_in_tables_queues_files_and_logs(
    person: Person,
    portal: Stack,
    rabbitmq: RabbitMQ,
    portalctl: Portalctl,
    server_folder: Path,
    tmp_path: Path,
):
    target = tmp_path / "certificate.json"
    erase = ("privacy", "erase", "--contact", person.contact_id, "--yes", "--certificate", str(target))
    done = portalctl.json(*erase)
    assert tables_with(portal.database_url, person.word, person.phone) == set()
    assert queues_with(portal, rabbitmq, person.word) == set()
    assert files_with(portal, person.word) == set()
    assert logs_with(server_folder, person.word) == set()
    certificate = json.loads(target.read_text())
    assert person.word not in target.read_text()
    assert read(certificate.pop("signature"), KeyRing(portal.keys)) == certificate
    again = portalctl.json(*erase)
    assert (again["erased_at"], again["messages_replaced"]) == (done["erased_at"], 0)


def test_an_erased_person_can_not_sign_in_nor_go_on(person: Person, portal: Stack):
    with pytest.raises(Unauthenticated):
        portal.call("invitation.sign_in", email=person.email, password=PASSWORD)
    with pytest.raises(Unauthenticated):
        portal.call("invitation.refresh", refresh_token=person.session["refresh_token"])


def test_the_company_and_its_other_contacts_are_as_before_but_for_the_main_contact(
    person: Person, portal: Stack
):
    company = portal.call("customers.company", person.staff, company_id=person.company_id)
    assert [each["contact_id"] for each in company["contacts"]] == [person.colleague_id]
    assert (company["name"], company["main_contact_id"]) == ("Bäckerei Müller", None)
    requests = portal.call("requests.requests", person.staff)["items"]
    assert {(each["title"], each["description"]) for each in requests} == {(ERASED, ERASED)}
    assert {each["status"] for each in requests} == {"declined", "accepted"}
    attachment_id = next(each["attachment_ids"][0] for each in requests if each["attachment_ids"])
    with pytest.raises(NotFound):
        portal.call("documents.attachment", person.staff, attachment_id=attachment_id)


def test_the_log_verifies_and_the_view_is_as_it_says_also_when_it_is_built_anew(
    person: Person, portal_database: Engine
):
    findings, company_id = Findings(), UUID(person.company_id)
    verification.verify(portal_database, Selection(company_id=company_id), findings, lambda _: None)
    assert findings.all() == []
    provider_id = reading.latest(portal_database, Selection(company_id=company_id), 1)[0].provider_id
    owner = Owner(company_id, provider_id)
    assert verify(portal_database, PORTAL, owner) == {}
    assert renew(portal_database, PORTAL, owner).changes == {}


def test_who_never_was_is_said_to_be_nobody(portalctl: Portalctl, person: Person):
    done = portalctl.run("privacy", "erase", "--contact", person.site_id, "--yes")
    assert done.returncode == 1
    assert "never was a contact" in done.stderr
