"""RPC calls one after the other and eight at a time, beside plain nameko and bare pika on the same broker."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
from nameko.standalone.rpc import ClusterRpcProxy

from benchmarks import rpc_servers, servers
from shared.identity.tokens import service_token
from shared.messaging.client import RpcClient

ROUNDS = 5
CALLS = 1_000
THREADS = 8
WARM_UP = 50
READY_S = 30
TEXT = "Seit gestern Abend bleiben alle Heizkörper kalt."
OURS, SIGNED, NAMEKO, PIKA = "ours", "ours, with a token", "plain nameko", "bare pika, direct reply-to"
DIRECT = "amq.rabbitmq.reply-to"
Call = Callable[[], Any]


def run() -> list[dict[str, Any]]:
    """Medians of five rounds; `ratio` is our value against the peer's."""
    with ExitStack() as stack:
        amqp_uri = stack.enter_context(servers.broker())
        database_url = stack.enter_context(servers.database())
        for command in (
            ["shared.messaging.runner", "benchmarks.rpc_servers:Echo"],
            ["benchmarks.rpc_servers", "nameko"],
            ["benchmarks.rpc_servers", "pika"],
        ):
            stack.enter_context(running(command, {"DATABASE_URL": database_url}))
        return _measure(_callers(stack, amqp_uri, Path(os.environ["PORTAL_KEYS"])))


def _measure(callers: dict[str, Callable[[], Call]]) -> list[dict[str, Any]]:
    """In turns, so that a noisy minute on the machine meets all of them."""
    latencies: dict[str, list[float]] = {name: [] for name in callers}
    rates: dict[str, list[float]] = {name: [] for name in callers}
    at_once: dict[str, list[float]] = {name: [] for name in callers}
    calls = {name: [make() for _ in range(THREADS)] for name, make in callers.items()}
    for call in (call for each in calls.values() for call in each):
        _times(call, WARM_UP)
    for _ in range(ROUNDS):
        for name, eight in calls.items():
            times = _times(eight[0], CALLS)
            latencies[name].append(statistics.median(times) * 1_000)
            rates[name].append(CALLS / sum(times))
            at_once[name].append(_rate(eight, CALLS))
    return [
        *_rows("one after the other", "ms", latencies),
        *_rows("one after the other", "calls/s", rates),
        *_rows(f"{THREADS} threads", "calls/s", at_once),
    ]


def _rows(shape: str, unit: str, values: dict[str, list[float]]) -> Iterator[dict[str, Any]]:
    medians = {name: statistics.median(each) for name, each in values.items()}
    for name, value in medians.items():
        peers: list[str | None] = [peer for peer in (NAMEKO, PIKA) if name in (OURS, SIGNED)] or [None]
        for peer in peers:
            ratio = None if peer is None else round(value / medians[peer], 2)
            yield {
                "name": f"call, {shape}: {name}",
                "value": round(value, 3) if unit == "ms" else round(value),
                "unit": unit,
                "peer": peer,
                "ratio": ratio,
            }


def _times(call: Call, count: int) -> list[float]:
    """How long each of so many calls takes, in seconds."""
    times = []
    for _ in range(count):
        before = time.perf_counter()
        call()
        times.append(time.perf_counter() - before)
    return times


def _rate(calls: list[Call], count: int) -> float:
    """Calls a second, from the first to the last."""

    def repeat(call: Call) -> None:
        for _ in range(count // len(calls)):
            call()

    with ThreadPoolExecutor(len(calls)) as threads:
        before = time.perf_counter()
        list(threads.map(repeat, calls))
        return count / (time.perf_counter() - before)


def _callers(stack: ExitStack, amqp_uri: str, keys: Path) -> dict[str, Callable[[], Call]]:
    """How to come by a call that one thread may make: ours share a client, the others have one each."""
    client = stack.enter_context(closing(RpcClient(amqp_uri, name="benchmark")))
    token = service_token(keys)

    def plain() -> Call:
        proxy = stack.enter_context(ClusterRpcProxy({"AMQP_URI": amqp_uri}))
        return lambda: proxy[rpc_servers.PlainEcho.name].echo(text=TEXT)

    def bare() -> Call:
        return _pika_call(stack.enter_context(pika.BlockingConnection(pika.URLParameters(amqp_uri))))

    service = rpc_servers.Echo.name
    return {
        OURS: lambda: lambda: client.call(service, "echo", text=TEXT),
        SIGNED: lambda: lambda: client.call(service, "echo_signed", auth_token=token, text=TEXT),
        NAMEKO: plain,
        PIKA: bare,
    }


def _pika_call(connection: pika.BlockingConnection) -> Call:
    channel = connection.channel()
    answers: dict[str, bytes] = {}

    def take(_channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        answers[properties.correlation_id] = body

    channel.basic_consume(DIRECT, take, auto_ack=True)

    def call() -> bytes:
        call_id = str(uuid4())
        properties = pika.BasicProperties(reply_to=DIRECT, correlation_id=call_id)
        channel.basic_publish("", rpc_servers.PIKA_QUEUE, TEXT.encode(), properties)
        while call_id not in answers:
            connection.process_data_events(time_limit=None)
        return answers.pop(call_id)

    return call


@contextmanager
def running(
    command: list[str], environment: dict[str, str], ready: str = rpc_servers.READY
) -> Iterator[None]:
    """A server in a process of its own, once its log says that it is ready."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=os.environ | environment, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + READY_S
            while ready.encode() not in os.pread(log.fileno(), 1_000_000, 0):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(
                        f"{command} did not start: {os.pread(log.fileno(), 5_000, 0).decode()}"
                    )
                time.sleep(0.05)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
