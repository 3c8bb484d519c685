"""Changes are told to whom they concern as soon as they can be read, and to nobody else."""

import signal
from pathlib import Path
from uuid import uuid4

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from deploy.servers import RabbitMQ
from services.gateway import changes
from services.gateway.changes import EXCHANGE, Changes, Gap, Listener
from shared.contracts.codec import to_plain
from shared.contracts.position import Position
from shared.contracts.pushes import ViewChanged
from shared.identity.tokens import claimed
from shared.messaging import broker
from tests.integration.gateway.api_client import ApiClient
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.serving import Stream, free_port, running_gateway, status
from tests.integration.services.belongings import submit
from tests.support.stack import Stack
from tests.support.waiting import wait_until

PAGES = 1_000


def test_what_the_one_side_does_is_told_to_the_other(portal: Stack, people: Company, port: int) -> None:
    with Stream(port, people.customer.token) as customer, Stream(port, people.staff_token) as staff:
        assert customer.headers["content-type"].startswith("text/event-stream")
        assert (customer.next().name, staff.next().name) == ("ready", "ready")
        request_id = submit(portal, people.customer)
        heard = staff.until_section("requests")
        assert heard.data["company_id"] == people.customer.company_id
        assert customer.until_section("requests").id == heard.id
        accepted = portal.call("requests.accept", people.staff_token, request_id=request_id)
        heard = customer.until_section("requests")
        while int(str(heard.id).partition(":")[2]) < int(accepted["position"].partition(":")[2]):
            heard = customer.until_section("requests")
        shown = portal.call("portal_read.request", people.customer.token, request_id=request_id)
        assert shown["status"] == "accepted"


def test_nobody_hears_of_another_company_or_provider(portal: Stack, people: Company, port: int) -> None:
    neighbour = portal.customer(people.staff_token)
    elsewhere = portal.provider("Maier Kältetechnik")
    with Stream(port, neighbour.token) as stranger, Stream(port, elsewhere) as other_staff:
        assert (stranger.next().name, other_staff.next().name) == ("ready", "ready")
        submit(portal, people.customer)
        submit(portal, neighbour)
        own = portal.customer(elsewhere)
        assert companies(stranger, until="requests") <= {None, neighbour.company_id}
        assert companies(other_staff, until="equipment") <= {None, own.company_id}


def companies(stream: Stream, *, until: str) -> set[str | None]:
    """Of whom is heard until a section of somebody's view has changed."""
    heard = [stream.next()]
    while until not in (heard[-1].data["sections"] or ()):
        heard.append(stream.next())
    return {each.data["company_id"] for each in heard}


def test_the_providers_own_information_is_told_to_all_its_customers(
    portal: Stack, people: Company, port: int
) -> None:
    with Stream(port, people.customer.token) as customer:
        customer.until("ready")
        portal.call("customers.update_provider", people.staff_token, phone="+49 821 555 300")
        assert customer.until_section("providers").data["company_id"] is None


def test_a_resync_is_told_to_its_customer_until_its_end(portal: Stack, people: Company, port: int) -> None:
    with Stream(port, people.customer.token) as customer:
        customer.until("ready")
        resync_id = portal.call("portal_read.resync", people.customer.token)["resync_id"]
        heard = customer.until("resync", resync_id=resync_id, state="completed")
        assert heard.data.keys() == {"resync_id", "company_id", "state", "applied", "total"}


def test_what_happened_while_nobody_listened_is_told_on_coming_back(
    portal: Stack, people: Company, secret_file: Path
) -> None:
    port = free_port()
    with running_gateway(portal, secret_file, port) as process:
        customer, staff = Stream(port, people.customer.token), Stream(port, people.staff_token)
        seen, seen_by_staff = customer.until("ready").id, staff.until("ready").id
        assert seen is not None
        assert seen_by_staff is not None
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        for stream in (customer, staff):
            with stream, pytest.raises(EOFError):
                stream.until("nothing more")
    with running_gateway(portal, secret_file, port):
        with Stream(port, people.customer.token, Last_Event_ID=seen) as customer:
            assert customer.next().id == seen
            submit(portal, people.customer)
            customer.until_section("requests")
        with Stream(port, people.customer.token, Last_Event_ID=seen) as customer:
            assert customer.next().id != seen
            assert customer.next().data["sections"] is None
        with Stream(port, people.customer.token, f"?since={seen}") as customer:
            assert customer.next().id != seen
            assert customer.next().data["sections"] is None
        with Stream(port, people.staff_token, Last_Event_ID=seen_by_staff) as staff:
            staff.until("ready")
            assert staff.next().data["sections"] is None


@pytest.mark.timeout(600)
def test_a_thousand_open_pages_take_no_thread_each_and_no_place_of_others(
    portal: Stack, people: Company, secret_file: Path
) -> None:
    port = free_port()
    with running_gateway(portal, secret_file, port) as process:
        threads = threads_of(process.pid)
        with Stream(port, people.customer.token) as first:
            first.until("ready")
            streams = [Stream(port, people.customer.token) for _ in range(PAGES)]
            try:
                assert {stream.next().name for stream in streams} == {"ready"}
                assert threads_of(process.pid) <= threads + 2
                assert status(port, "/sign-in") == 200
                submit(portal, people.customer)
                for stream in streams:
                    stream.until_section("requests")
                assert threads_of(process.pid) <= threads + 2
            finally:
                for stream in streams:
                    stream.close()


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def test_only_who_is_signed_in_may_listen(port: int) -> None:
    for token in ("spoilt", ""):
        with Stream(port, token) as stream:
            assert stream.status == 401


def test_only_customers_and_staff_may_listen(portal: Stack, gateway: Flask) -> None:
    for kind, token in (("operator", portal.operator), ("service", portal.service)):
        foreign = jwt.encode({"kind": kind, "sub": str(uuid4())}, Ed25519PrivateKey.generate(), "EdDSA")
        for given, status_code in ((token, 403), (foreign, 401)):
            program = ApiClient.with_token(gateway.test_client(), given)
            assert program.send("GET", "/changes").status_code == status_code


def test_a_position_that_is_none_is_refused(people: Company, port: int) -> None:
    with Stream(port, people.customer.token, "?since=yesterday") as stream:
        assert stream.status == 422


def test_a_page_listens_with_its_readers_session(customer: Browser) -> None:
    answer = customer.client.get("/api/v1/changes", buffered=False)
    told = iter(answer.response)
    assert next(told) == b"retry: 2000\n\n"
    assert b"event: ready" in next(told)
    answer.close()


def test_a_stream_ends_after_a_while_so_that_rights_are_looked_at_again(
    gateway: Flask, people: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.api.changes.LONGEST_S", 0)
    program = ApiClient.with_token(gateway.test_client(), people.customer.token)
    assert b"event: ready" in program.send("GET", "/changes").data


def test_a_quiet_stream_is_kept_alive(
    gateway: Flask, people: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.api.changes.HEARTBEAT_S", 0.01)
    program = ApiClient.with_token(gateway.test_client(), people.customer.token)
    answer = program.send("GET", "/changes", buffered=False)
    assert any(chunk == b": still here\n\n" for chunk in answer.response)
    answer.close()


def test_who_does_not_keep_up_is_let_go(people: Company) -> None:
    listener = Listener(claimed(people.customer.token))
    for _ in range(changes.MOST_WAITING):
        listener.tell(Gap())
    assert not listener.ended
    listener.tell(Gap())
    assert listener.ended


def test_after_the_broker_was_away_all_are_told_that_they_may_have_missed_something(
    rabbitmq: RabbitMQ, amqp_uri: str, people: Company
) -> None:
    source = Changes(amqp_uri, name="changes of a test")
    caller = claimed(people.customer.token)
    listener = source.listen(caller)
    rabbitmq.ctl("close_all_connections", "--vhost", amqp_uri.rpartition("/")[2], "a test")
    assert isinstance(wait_until(lambda: listener.next(1), what="a gap is told"), Gap)
    push = ViewChanged(
        provider_id=caller.provider, company_id=caller.company, position=Position(3, 7), sections=["sites"]
    )
    publish(amqp_uri, push)
    assert wait_until(lambda: listener.next(1), what="the push is told") == push
    assert source.latest(caller.provider) == push.position
    source.leave(listener)
    source.close()


def test_a_message_that_is_no_push_stops_nothing(amqp_uri: str, people: Company) -> None:
    source = Changes(amqp_uri, name="changes of a test")
    caller = claimed(people.customer.token)
    listener = source.listen(caller)
    for body in (b"", b"{", b"[]", b"{}", b'{"provider_id": 1}'):
        publish(amqp_uri, body)
    push = ViewChanged(provider_id=caller.provider, company_id=None, position=Position(3, 7), sections=[])
    publish(amqp_uri, push)
    assert wait_until(lambda: listener.next(1), what="the push is told") == push
    source.leave(listener)
    source.close()


def publish(amqp_uri: str, push: ViewChanged | bytes) -> None:
    body = push if isinstance(push, bytes) else orjson.dumps(to_plain(push))
    with broker.connection(amqp_uri, name="a sender of pushes") as connection:
        connection.Producer().publish(
            body,
            exchange=EXCHANGE,
            routing_key="view_changed",
            content_type="application/json",
            content_encoding="utf-8",
        )
