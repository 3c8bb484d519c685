"""What the sample service's subscription leaves behind, and where its failures go."""

from shared.eventlog import reading
from shared.eventlog.reading import Selection
from shared.eventlog.recorded import Recorded
from shared.messaging.cloudevents import OutgoingMessage
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire

QUEUE = "sample.company_registered"
DEAD = f"{QUEUE}.dead"


def rows(samples: Samples, name: str) -> int:
    """How often the handler's write to its own table was committed."""
    return len(samples.query("SELECT name FROM reactions WHERE name = :name", name=name))


def events(samples: Samples, name: str) -> int:
    """How many events the handler has appended."""
    return len(reactions(samples, name))


def reactions(samples: Samples, name: str) -> list[Recorded]:
    appended = reading.latest(samples.engine, Selection(), 10_000)
    return [each for each in appended if each.stream_type == "reaction" and each.payload["name"] == name]


def handled(samples: Samples, event: OutgoingMessage) -> int:
    """How many rows of the inbox say that the event was handled."""
    statement = "SELECT event_id FROM eventlog.inbox WHERE event_id = :id"
    return len(samples.query(statement, id=event.message_id))


def effects(samples: Samples, name: str, event: OutgoingMessage) -> tuple[int, int, int]:
    return rows(samples, name), events(samples, name), handled(samples, event)


def parked(bare: Wire, event: OutgoingMessage) -> tuple[dict[str, object], bytes]:
    """The headers and the body of an event in the dead-letter queue, taken out of it."""
    properties, body = wait_until(lambda: bare.take(DEAD), what="the event is parked")
    assert properties.message_id in (None, event.message_id)
    return properties.headers, body
