"""The tokens, messages and clients that the tests of messaging share."""

from pathlib import Path
from typing import Any
from uuid import UUID

from nameko.standalone.rpc import ClusterRpcProxy
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from deploy.servers import RabbitMQ
from shared.contracts.customers import CompanyRegistered
from shared.contracts.declare import Event
from shared.eventlog import log
from shared.eventlog.log import New, Origin
from shared.messaging.cloudevents import OutgoingMessage, outgoing
from tests.support.samples import PROVIDER, Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire


def plain_proxy(samples: Samples, *, timeout: float | None = 10, **context: str) -> ClusterRpcProxy:
    """nameko's own client."""
    return ClusterRpcProxy({"AMQP_URI": samples.amqp_uri}, context_data=context, timeout=timeout)


def kwargs(**arguments: Any) -> dict[str, Any]:
    """A call's body."""
    return {"args": [], "kwargs": arguments}


def registered(engine: Engine, name: str, number: str | None = None) -> OutgoingMessage:
    """The message for a company's registration, which is in the log, as the relay publishes it."""
    company_id = uuid7()
    return recorded(engine, company_id, CompanyRegistered(company_id=company_id, name=name, number=number))


def recorded(engine: Engine, company_id: UUID, event: Event) -> OutgoingMessage:
    """The message for a new company's first event, as the relay publishes it."""
    origin = Origin(uuid7(), uuid7(), {"kind": "staff", "id": str(uuid7())})
    with engine.begin() as connection:
        log.append(connection, origin, [New("company", company_id, 1, PROVIDER, company_id, event)])
        return outgoing(*log.load(connection, company_id, "company"))


def publish(bare: Wire, event: OutgoingMessage, *, queue: str | None = None) -> None:
    """Publish an event to its exchange, or to one queue alone."""
    bare.publish(
        queue or event.routing_key,
        event.body,
        exchange="" if queue else event.exchange,
        headers=event.headers,
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=event.message_id,
        type=event.type,
    )


def entered(gate: Path, times: int = 1) -> list[int]:
    """The processes whose handlers have come to a gate, once so many have."""
    mark = Path(f"{gate}.entered")
    return wait_until(
        lambda: mark.exists() and len(pids := [*map(int, mark.read_text().split())]) >= times and pids,
        what=f"{times} handlers have come to the gate",
    )


def interrupt(samples: Samples, rabbitmq: RabbitMQ) -> None:
    """Have the broker close every connection of the samples, the test's own among them."""
    vhost = samples.amqp_uri.rpartition("/")[2]
    rabbitmq.ctl("close_all_connections", "--vhost", vhost, "the test asks for it")


def marks(path: Path | str) -> int:
    """How often a handler has left its mark."""
    return len(Path(path).read_text().split()) if Path(path).exists() else 0


def refusal(bare: Wire, *arguments: Any, **options: Any) -> tuple[str, str]:
    """Type and message of the error that a call gets."""
    error = bare.call(*arguments, **options)["error"]
    assert error is not None
    return error["exc_type"], error["message"]
