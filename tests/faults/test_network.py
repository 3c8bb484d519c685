"""The network between the portal's processes and their servers is slow, narrow, silent, or cut."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.faults.oracle import judge
from tests.faults.trial import PROCESSES, Trial
from tests.support.proxy import Proxy

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


@dataclass
class Lines:
    """All that the processes say to RabbitMQ and PostgreSQL goes over these."""

    broker: Proxy
    database: Proxy

    def both(self) -> tuple[Proxy, Proxy]:
        return self.broker, self.database


@pytest.fixture(scope="module")
def lines(trial: Trial) -> Iterator[Lines]:
    lines = Lines(Proxy(trial.rabbitmq.port), Proxy(trial.postgresql.port))
    stack = trial.stack
    direct = stack.amqp_uri, stack.database_url
    stack.amqp_uri = _through(trial.amqp_uri, lines.broker)
    stack.database_url = _through(trial.database_url, lines.database)
    for name in PROCESSES:
        trial.replace(name)
    yield lines
    stack.amqp_uri, stack.database_url = direct
    for name in PROCESSES:
        trial.replace(name)
    for line in lines.both():
        line.close()


def slow(lines: Lines) -> None:
    for line in lines.both():
        line.delay = 0.05


def narrow(lines: Lines) -> None:
    for line in lines.both():
        line.bandwidth = 100_000


def silent_broker(lines: Lines) -> None:
    lines.broker.silence()


def silent_database(lines: Lines) -> None:
    lines.database.silence()


def deaf_servers(lines: Lines) -> None:
    """What the processes send does not arrive; what the servers send does."""
    for line in lines.both():
        line.silence(servers=False)


def mute_servers(lines: Lines) -> None:
    """What the servers answer does not arrive, though they do what they were asked."""
    for line in lines.both():
        line.silence(clients=False)


def cut(lines: Lines) -> None:
    for line in lines.both():
        line.reset()


FAULTS = [slow, narrow, silent_broker, silent_database, deaf_servers, mute_servers, cut]


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_network_does_nothing_is_lost_or_done_twice(
    trial: Trial, lines: Lines, fault: Callable[[Lines], None], few: int, seed: int
) -> None:
    with trial.load(seed):
        for _ in range(few):
            trial.some_work()
            fault(lines)
        trial.some_work(10)
        for line in lines.both():
            line.delay, line.bandwidth = 0.0, None
    judge(trial, within=400)


def _through(url: str, line: Proxy) -> str:
    return url.replace(f":{urlsplit(url).port}", f":{line.port}")
