"""Operators look into the log, and send events of it to one queue again."""

import json
import signal
from uuid import UUID, uuid4

import pika
import pytest
from sqlalchemy import Engine

from shared.contracts.customers import CompanyRegistered, ContactAdded
from shared.contracts.declare import Event
from shared.contracts.stream import StreamType
from shared.eventlog.log import Origin
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.integration.portalctl.commands import Portalctl

PROVIDER, COMPANY, OTHER = (UUID(int=8 * number + 3) for number in (1, 2, 3))
PARTITION = 3
STREAM = StreamType("company", lambda _state, event: event)


def happen(engine: Engine, company_id: UUID, *events: Event) -> None:
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        for event in events:
            stream = unit.new(STREAM, uuid4(), provider_id=PROVIDER, company_id=company_id)
            stream.create(lambda event=event: event)
        unit.commit(Origin(uuid4(), uuid4(), {"kind": "test"}))


def registered(company_id: UUID, name: str = "Bäckerei Öztürk") -> CompanyRegistered:
    return CompanyRegistered(company_id=company_id, name=name)


def contact(company_id: UUID) -> ContactAdded:
    return ContactAdded(
        company_id=company_id,
        contact_id=uuid4(),
        first_name="Zoë",
        last_name="Öztürk",
        email="zoe@example.com",
    )


@pytest.fixture
def log(database: Engine) -> Engine:
    """Positions 1 to 3 of partition 3: two events of one company, one of another."""
    happen(database, COMPANY, registered(COMPANY), contact(COMPANY))
    happen(database, OTHER, registered(OTHER, "Gasthof Post"))
    return database


@pytest.fixture
def queue(amqp_uri: str) -> str:
    with pika.BlockingConnection(pika.URLParameters(amqp_uri)) as connection:
        connection.channel().queue_declare("repair", durable=True)
    return "repair"


def messages(amqp_uri: str, queue: str) -> list[tuple[str, bool, dict[str, object]]]:
    """Position, whether it is marked as replayed, and body of what lies in a queue."""
    found = []
    with pika.BlockingConnection(pika.URLParameters(amqp_uri)) as connection:
        channel = connection.channel()
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                return found
            headers = properties.headers
            found.append((headers["cloudEvents:position"], headers["x-portal-replayed"], json.loads(body)))


def test_the_last_events_are_shown_in_order_by_company_and_by_type(portalctl: Portalctl, log: Engine):
    def positions(*options: str) -> list[str]:
        lines = portalctl.run("events", "tail", "--json", *options).stdout.splitlines()
        return [json.loads(line)["position"] for line in lines]

    assert positions() == ["3:1", "3:2", "3:3"]
    assert positions("--last", "1") == ["3:3"]
    assert positions("--company", str(COMPANY)) == ["3:1", "3:2"]
    assert positions("--type", "company_registered") == ["3:1", "3:3"]


def test_following_shows_what_happens_from_now_on_until_ctrl_c(portalctl: Portalctl, log: Engine):
    process = portalctl.start("events", "tail", "--follow", "--last", "1")
    assert process.stdout is not None
    assert "3:3" in process.stdout.readline()
    happen(log, OTHER, contact(OTHER))
    assert "contact_added" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_one_event_is_shown_whole_and_its_personal_data_only_when_asked_for(
    portalctl: Portalctl, log: Engine
):
    line = portalctl.run("events", "tail", "--json", "--type", "contact_added").stdout
    event_id = json.loads(line)["event_id"]
    shown = portalctl.json("events", "show", event_id)
    assert shown["payload"]["first_name"] == "‹personal›"
    assert shown["payload"]["phone"] is None
    assert "Zoë" not in json.dumps(shown)
    assert portalctl.json("events", "show", event_id, "--personal")["payload"]["first_name"] == "Zoë"


def test_an_event_that_is_not_there_is_named(portalctl: Portalctl):
    nothing = str(uuid4())
    done = portalctl.run("events", "show", nothing)
    assert done.returncode == 1
    assert nothing in done.stderr


def test_a_replay_sends_all_to_one_queue_in_order_and_marked(
    portalctl: Portalctl, log: Engine, amqp_uri: str, queue: str
):
    assert portalctl.json("events", "replay", "--to", queue) == {"queue": queue, "sent": 3}
    found = messages(amqp_uri, queue)
    assert [(position, marked) for position, marked, _ in found] == [(f"3:{n}", True) for n in (1, 2, 3)]
    assert found[2][2]["name"] == "Gasthof Post"


def test_a_replay_can_be_narrowed_by_place_type_and_company(
    portalctl: Portalctl, log: Engine, amqp_uri: str, queue: str
):
    for options, expected in (
        (["--from", "3:2"], ["3:2", "3:3"]),
        (["--type", "company_registered"], ["3:1", "3:3"]),
        (["--company", str(COMPANY)], ["3:1", "3:2"]),
        (["--from", "3:2", "--company", str(COMPANY)], ["3:2"]),
        (["--from", "4:1"], []),
    ):
        portalctl.json("events", "replay", "--to", queue, *options)
        assert [position for position, _, _ in messages(amqp_uri, queue)] == expected


def test_a_replay_to_a_queue_that_is_not_there_says_so_and_sends_nothing(portalctl: Portalctl, log: Engine):
    done = portalctl.run("events", "replay", "--to", "nowhere")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Error: There is no queue nowhere; declare it first."
    assert "Channel.Close" not in done.stderr


def test_a_replay_from_a_partition_that_is_not_there_says_which_there_are(portalctl: Portalctl, log: Engine):
    done = portalctl.run("events", "replay", "--to", "repair", "--from", "99:1")
    assert done.returncode == 1
    assert "There is no partition 99; they are 0 to 7." in done.stderr


@pytest.mark.parametrize("options", [["--from", "three"], ["--type", "rocket_launched"], ["--company", "x"]])
def test_what_makes_no_sense_is_refused_before_anything_is_sent(portalctl: Portalctl, options: list[str]):
    done = portalctl.run("events", "replay", "--to", "repair", *options)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_following_a_busy_log_misses_nothing(portalctl: Portalctl, log: Engine):
    process = portalctl.start("events", "tail", "--follow", "--last", "1")
    assert process.stdout is not None
    assert "3:3" in process.stdout.readline()
    for _ in range(10):
        happen(log, OTHER, registered(uuid4()), contact(OTHER))
    lines = [process.stdout.readline() for _ in range(20)]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert [line.split()[1] for line in lines] == [f"3:{position}" for position in range(4, 24)]
