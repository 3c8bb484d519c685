"""RabbitMQ goes away and comes back, closes connections, blocks publishers, loses what it was to keep."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pika
import pytest

from shared.contracts.subscriptions import queue_name
from tests.faults.oracle import judge
from tests.faults.trial import PATIENCE_S, Trial
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
UNREAD = 100_000


def restart(trial: Trial) -> None:
    trial.rabbitmq.stop()
    trial.rabbitmq.start(PATIENCE_S)


def crash(trial: Trial) -> None:
    trial.rabbitmq.kill()
    trial.rabbitmq.start(PATIENCE_S)


def close_connections(trial: Trial) -> None:
    trial.rabbitmq.ctl("close_all_connections", "a fault on purpose", timeout=PATIENCE_S)


@pytest.mark.parametrize("fault", [restart, crash, close_connections])
def test_the_broker_goes_away_and_comes_back(
    trial: Trial, fault: Callable[[Trial], None], few: int, seed: int
) -> None:
    with trial.load(seed):
        for _ in range(few):
            trial.some_work()
            fault(trial)
        trial.some_work()
    judge(trial)


@pytest.mark.parametrize(
    ("raise_alarm", "calm_down"),
    [
        (("set_vm_memory_high_watermark", "absolute", "1"), ("set_vm_memory_high_watermark", "0.4")),
        (("set_disk_free_limit", "1000000000000000"), ("set_disk_free_limit", "50000000")),
    ],
    ids=["memory", "disk"],
)
def test_an_alarm_blocks_publishers_and_callers_get_an_answer_in_time(
    trial: Trial, raise_alarm: tuple[str, ...], calm_down: tuple[str, ...], few: int, seed: int
) -> None:
    with trial.load(seed) as attempts:
        for _ in range(few):
            trial.some_work()
            try:
                trial.rabbitmq.ctl(*raise_alarm, timeout=PATIENCE_S)
                before = attempts.unknown()
                wait_until(
                    lambda before=before: attempts.unknown() > before + 4,
                    what="callers are told that there was no answer",
                    timeout=PATIENCE_S,
                )
            finally:
                trial.rabbitmq.ctl(*calm_down, timeout=PATIENCE_S)
        trial.some_work()
    judge(trial)


@pytest.mark.parametrize("queue", [queue_name("orders", "request_accepted"), "rpc-requests"])
def test_a_queue_of_ours_that_was_deleted_under_load_is_there_again_and_nothing_is_missed(
    trial: Trial, queue: str, few: int, seed: int
) -> None:
    with trial.load(seed):
        for _ in range(few):
            trial.some_work()
            with _channel(trial) as channel:
                channel.queue_delete(queue)
        trial.some_work()
    judge(trial)


def test_a_subscription_that_was_unbound_misses_nothing(trial: Trial, few: int, seed: int) -> None:
    with trial.load(seed):
        for _ in range(few):
            trial.some_work()
            with _channel(trial) as channel:
                channel.queue_unbind(
                    queue_name("orders", "request_accepted"), "requests.events", "request_accepted"
                )
        trial.some_work()
    judge(trial)


def test_messages_lost_with_their_queue_are_made_up_for_from_the_log(trial: Trial, seed: int) -> None:
    """What lies in the queue of a service that is down is deleted together with the queue."""
    queue = queue_name("orders", "request_accepted")
    trial.end("orders")
    with trial.load(seed):
        with _channel(trial) as channel:
            wait_until(
                lambda: channel.queue_declare(queue, passive=True).method.message_count > 3,
                what="messages lie in the queue",
                timeout=PATIENCE_S,
            )
            channel.queue_delete(queue)
        trial.restart("orders")
        trial.some_work()
    judge(trial, within=2 * PATIENCE_S)


def test_messages_that_nobody_reads_hold_nobody_up(trial: Trial, seed: int) -> None:
    """A subscriber that was forgotten, with a hundred thousand messages."""
    with _channel(trial) as channel:
        channel.queue_declare("nobody", durable=True)
        channel.queue_bind("nobody", "requests.events", "#")
        persistent = pika.BasicProperties(delivery_mode=2)
        for _ in range(UNREAD):
            channel.basic_publish("", "nobody", b"x" * 500, persistent)
        with trial.load(seed):
            trial.some_work()
        judge(trial)
        channel.queue_delete("nobody")


@contextmanager
def _channel(trial: Trial) -> Iterator[Any]:
    with pika.BlockingConnection(pika.URLParameters(trial.rabbitmq.uri())) as connection:
        yield connection.channel()
