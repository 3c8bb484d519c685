"""Messages come too often, in any order, broken, huge, or nested without end; the others' work goes on."""

import random
from typing import Any
from uuid import uuid4

import pika
import pytest

from deploy.stack import SERVICES
from shared.messaging.cloudevents import OutgoingMessage
from tests.faults.oracle import judge
from tests.faults.queues import QUEUES
from tests.faults.redelivery import published, redeliver, waiting
from tests.faults.trial import Trial
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
AMOUNT = 10_000
MEGABYTES = 10
DEPTH = 10_000
RPC_QUEUES = [f"rpc-{service}" for service in SERVICES]


def test_each_event_comes_one_to_five_times_more_in_any_order(trial: Trial, seed: int) -> None:
    chance = random.Random(seed)
    with trial.load(seed):
        trial.some_work(60)
        redeliver(trial, chance)
    wait_until(lambda: not waiting(trial, *QUEUES), what="all repetitions are handled", timeout=600)
    judge(trial)


def test_ten_thousand_messages_that_make_no_sense_stop_nobody_and_are_told_of(
    trial: Trial, seed: int
) -> None:
    chance = random.Random(seed)
    with trial.load(seed):
        with pika.BlockingConnection(pika.URLParameters(trial.amqp_uri)) as connection:
            channel = connection.channel()
            good = published(trial)
            for number in range(AMOUNT):
                huge = number % (AMOUNT // 5) == 0
                _send_nonsense(channel, chance, chance.choice(good), huge=huge)
        trial.some_work()
    wait_until(
        lambda: not waiting(trial, *QUEUES, *RPC_QUEUES), what="all of it is parked or dropped", timeout=900
    )
    judge(trial, problems=["parked: "])
    with pika.BlockingConnection(pika.URLParameters(trial.amqp_uri)) as connection:
        channel = connection.channel()
        for queue in [*(f"{queue}.dead" for queue in QUEUES), "rpc.malformed"]:
            channel.queue_purge(queue)


def _send_nonsense(channel: Any, chance: random.Random, like: OutgoingMessage, *, huge: bool) -> None:
    body = b"x" * MEGABYTES * 1024 * 1024 if huge else chance.choice(_BODIES)
    headers: dict[str, Any] = dict(like.headers)
    for name in chance.sample(sorted(headers), chance.randint(0, 3)):
        headers[name] = chance.choice([None, 1, True, "", "x" * 300, [], {}, {"a": [1]}, str(uuid4())])
    if chance.random() < 0.3:
        del headers[chance.choice(sorted(headers))]
    if chance.random() < 0.5:
        properties = pika.BasicProperties(headers=headers, content_type=chance.choice(_CONTENT_TYPES))
        channel.basic_publish("", chance.choice(QUEUES), body, properties)
    else:
        headers["nameko.auth_token"] = chance.choice([None, "x", "e30.e30.", 7])
        properties = pika.BasicProperties(
            headers=headers, reply_to=chance.choice([None, "nobody", "x" * 200]), correlation_id="x"
        )
        channel.basic_publish("", chance.choice(RPC_QUEUES), body, properties)


_BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'{"args": 1, "kwargs": []}',
    b'{"args": [], "kwargs": {"request_id": 7}}',
    b'{"request_id": "x"}',
    b"\xff\xfe\x00",
    b"[" * DEPTH + b"]" * DEPTH,
    b'{"kwargs":' * DEPTH + b"1" + b"}" * DEPTH,
]
_CONTENT_TYPES = ["application/json", "application/x-python-serialize", "text/plain", "", "image/png"]
