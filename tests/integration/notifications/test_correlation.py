"""One request's correlation id can be followed through every log, and nothing personal lies on the way."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from deploy.servers.ports import free_port
from shared.eventlog.tables import events
from tests.integration.gateway.serving import SECRET, status
from tests.integration.notifications.mailing import Mailing
from tests.support.scene import Customer
from tests.support.spans import Span
from tests.support.waiting import wait_until

PATIENCE_S = 60
TITLE = "Der Kessel von Frau Öztürk ist kalt"
Line = dict[str, Any]


@pytest.fixture
def gateway(mail: Mailing) -> Iterator[int]:
    """Where a gateway of that portal listens."""
    port = free_port()
    process = mail.portal.start(
        "gateway", "services.gateway.server", PORT=str(port), PORTAL_GATEWAY_SECRET=SECRET
    )
    wait_until(lambda: status(port, "/readyz") == 200, what="the gateway is ready", timeout=PATIENCE_S)
    yield port
    process.terminate()
    process.wait(PATIENCE_S)


def _line(mail: Mailing, process: str, event: str, **expected: Any) -> Line:
    """The first line of a process's log with these values, once it is there."""

    def found() -> Line | None:
        lines = (mail.portal.logs / f"{process}.log").read_text().splitlines()
        parsed = (json.loads(line) for line in lines if line.startswith("{") and line.endswith("}"))
        return next((line for line in parsed if line | expected | {"event": event} == line), None)

    line: Line = wait_until(found, what=f"{process} logs {event} with {expected}", timeout=PATIENCE_S)
    return line


def _batch(mail: Mailing, process: str, event: str, correlation_id: str) -> Line:
    """The first line about several events that names this id."""

    def found() -> Line | None:
        lines = (mail.portal.logs / f"{process}.log").read_text().splitlines()
        parsed = (json.loads(line) for line in lines if f'"{event}"' in line and line.endswith("}"))
        return next((line for line in parsed if correlation_id in line["correlation_ids"]), None)

    line: Line = wait_until(found, what=f"{process} logs {event}", timeout=PATIENCE_S)
    return line


def _submit(port: int, customer: Customer) -> None:
    body = {"title": TITLE, "description": "Seit gestern.", "site_id": customer.site_id}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/requests",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {customer.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        assert answer.status == 201


def test_one_requests_id_leads_from_the_gateway_to_the_mail(
    mail: Mailing, gateway: int, staff: str, customer: Customer, provider_email: str
):
    _submit(gateway, customer)

    page = _line(mail, "gateway", "request", method="POST", status=201)
    ids = {"correlation_id": page["correlation_id"]}
    call = _line(mail, "requests", "rpc", method="submit", outcome="ok", **ids)

    with mail.database.connect() as connection:
        caused = connection.execute(
            select(events).where(events.c.correlation_id == ids["correlation_id"], events.c.version == 1)
        ).all()
    (submitted,) = (event for event in caused if event.type == "request_submitted")
    assert str(submitted.causation_id) == call["call_id"]

    _batch(mail, "relay", "events_published", ids["correlation_id"])
    _batch(mail, "portal_read", "events_projected", ids["correlation_id"])
    ids["causation_id"] = str(submitted.event_id)
    _line(mail, "notifications", "event_handled", queue="notifications.request_submitted", **ids)
    _line(mail, "notifications", "mail", template="request_submitted", state="sent", **ids)

    with mail.database.connect() as connection:
        sent = connection.execute(
            select(events).where(events.c.type == "mail_sent", events.c.causation_id == submitted.event_id)
        ).one()
    assert str(sent.correlation_id) == ids["correlation_id"]

    written = "".join(path.read_text() for path in mail.portal.logs.glob("*.log"))
    for personal in (TITLE, "Kessel", customer.email, provider_email, customer.token, staff):
        assert personal not in written


def test_every_line_names_its_process_whichever_thread_wrote_it(mail: Mailing, customer: Customer):
    assert _line(mail, "notifications", "event_handled", queue="notifications.customer_invited")["process"]
    assert _line(mail, "relay", "events_published")["process"] == "relay"


def test_one_requests_spans_are_one_trace_from_the_gateway_to_the_mail(
    mail: Mailing, gateway: int, staff: str, customer: Customer, provider_email: str
):
    _submit(gateway, customer)
    ends = ("POST /api/v1/requests", "project request_submitted", "append mail_sent")
    trace = wait_until(
        lambda: mail.collector.trace(*ends), what="the spans are collected", timeout=PATIENCE_S
    )

    def one(name: str, process: str) -> Span:
        (found,) = (span for span in trace if (span.name, span.process) == (name, process))
        assert not found.failed
        return found

    page, asked = one("POST /api/v1/requests", "gateway"), one("requests/submit", "gateway")
    served = one("requests/submit", "requests")
    event = one("append request_submitted", "requests")
    letter = one("mail request_submitted", "notifications")
    assert page.attributes["http.response.status_code"] == 201
    assert served.attributes["portal.outcome"] == "ok"
    assert letter.attributes["portal.mail.state"] == "sent"

    assert (page.parent, asked.parent, served.parent, event.parent) == (0, page.id, asked.id, served.id)
    of_the_event = [
        one("publish request_submitted", "relay"),
        one("project request_submitted", "portal_read"),
        one("process request_submitted", "notifications"),
        letter,
    ]
    assert {span.parent for span in of_the_event} == {event.id}
    assert one("append mail_sent", "notifications").parent == letter.id
    with mail.database.connect() as connection:
        of_the_trace = select(events.c.type).where(events.c.correlation_id == page.trace_id)
        assert "request_submitted" in connection.execute(of_the_trace).scalars().all()

    for personal in (TITLE, "Kessel", customer.email, provider_email, customer.token, staff):
        assert personal.encode() not in mail.collector.bytes
