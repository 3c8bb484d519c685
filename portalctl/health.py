"""How the whole portal is: who answers, how far relay and projection are, and what is parked."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import click
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from deploy.readiness import gateway_answers, service_answers
from deploy.stack import SERVICES
from portalctl.letters import opened
from portalctl.wording import counted
from services.portal_read.projection import PORTAL
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.eventlog.lag import lags
from shared.eventlog.missed import overdue
from shared.eventlog.tables import relay
from shared.messaging.client import RpcClient
from shared.messaging.pika_publisher import UNROUTED_QUEUE

# Longer than an event takes that is tried again in vain and then parked.
OVERDUE_MIN = 10
# Longer than another process takes to go on with the work of one that died.
LATE_S = 15


@dataclass(frozen=True)
class Partition:
    """Lags are in events, and in seconds since the oldest event that is still missing was recorded."""

    partition: int
    head: int
    published: int
    published_lag: int
    published_lag_seconds: float
    projected: int
    projected_lag: int
    projected_lag_seconds: float
    relay_error: str | None


@dataclass
class Health:
    """`problems` says in words what is not as it should be; without any, all is well."""

    services: dict[str, bool] = field(default_factory=dict)
    database: bool = False
    broker: bool = False
    partitions: list[Partition] = field(default_factory=list)
    parked_companies: int = 0
    overdue_events: dict[str, int] = field(default_factory=dict)
    parked_messages: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def examine(engine: Engine, amqp_uri: str, client: RpcClient, gateway_url: str | None) -> Health:
    """Look at everything; what can't be reached is a problem, not an error."""
    health = Health()
    _examine_database(health, engine)
    _examine_broker(health, amqp_uri)
    health.services = _services(client, gateway_url)
    health.problems += [f"{name} does not answer" for name, answers in health.services.items() if not answers]
    return health


def _examine_database(health: Health, engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            health.partitions = _partitions(connection)
            parked = select(func.count()).where(PORTAL.owners.c.parked_at.is_not(None))
            health.parked_companies = int(connection.execute(parked).scalar_one())
            health.overdue_events = _overdue(connection)
            health.database = True
            health.problems += _unattended(connection)
    except SQLAlchemyError:
        health.problems.append("the database can't be reached, or its schema is not up to date")
        return
    health.problems += [
        f"partition {each.partition} is not published: {each.relay_error}"
        for each in health.partitions
        if each.relay_error
    ]
    health.problems += _late(health.partitions)
    health.problems += [
        f"{name} has not handled {counted(count, 'event')}; see its log for event_missed or event_failed"
        for name, count in health.overdue_events.items()
    ]
    if health.parked_companies:
        companies = counted(health.parked_companies, "company", "companies")
        health.problems.append(f"parked: {companies}; see: portalctl projections list")


def _unattended(connection: Connection) -> list[str]:
    """Partitions that no process has the lease of."""
    workers = {"relay": ("published", relay), "portal_read": ("shown", PORTAL.checkpoints)}
    free = {
        name: list(
            connection.execute(
                select(table.c.partition)
                .where(table.c.expires_at < func.clock_timestamp())
                .order_by(table.c.partition)
            ).scalars()
        )
        for name, (_, table) in workers.items()
    }
    return [
        f"nothing is {workers[name][0]} of the partitions {', '.join(map(str, found))}: does {name} run?"
        for name, found in free.items()
        if found
    ]


def _late(partitions: list[Partition]) -> list[str]:
    """Events that have waited for too long, though a process may have the lease."""
    ages = {
        "published": max((each.published_lag_seconds for each in partitions), default=0.0),
        "shown": max((each.projected_lag_seconds for each in partitions), default=0.0),
    }
    return [
        f"events wait to be {done} for up to {age:.0f} s; see the table below"
        for done, age in ages.items()
        if age > LATE_S
    ]


def _overdue(connection: Connection) -> dict[str, int]:
    """Subscription → events that it should have handled long ago."""
    counts = {
        queue_name(service, type): overdue(connection, queue_name(service, type), type, minutes=OVERDUE_MIN)
        for service, types in SUBSCRIPTIONS.items()
        for type in types
    }
    return {name: count for name, count in counts.items() if count}


def _examine_broker(health: Health, amqp_uri: str) -> None:
    try:
        with opened(amqp_uri) as letters:
            counts = letters.counts()
    except click.ClickException as error:
        health.problems.append(error.message.rstrip("."))
        return
    health.broker = True
    health.parked_messages = {queue: count for queue, count in counts.items() if count}
    dead = sum(count for queue, count in counts.items() if queue != UNROUTED_QUEUE)
    if dead:
        health.problems.append(f"parked: {counted(dead, 'message')}; see: portalctl dead-letters list")


def _partitions(connection: Connection) -> list[Partition]:
    errors = {
        row.partition: row.error for row in connection.execute(select(relay.c.partition, relay.c.error))
    }
    both = zip(lags(connection, relay), lags(connection, PORTAL.checkpoints), strict=True)
    return [
        Partition(
            partition=published.partition,
            head=published.head,
            published=published.position,
            published_lag=published.events,
            published_lag_seconds=round(published.seconds, 1),
            projected=projected.position,
            projected_lag=projected.events,
            projected_lag_seconds=round(projected.seconds, 1),
            relay_error=errors[published.partition],
        )
        for published, projected in both
    ]


def _services(client: RpcClient, gateway_url: str | None) -> dict[str, bool]:
    with ThreadPoolExecutor(len(SERVICES) + 1) as threads:
        asked = {name: threads.submit(service_answers, client, name) for name in SERVICES}
        if gateway_url:
            asked["gateway"] = threads.submit(gateway_answers, gateway_url)
        return {name: answer.result() for name, answer in asked.items()}
