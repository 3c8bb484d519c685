"""From the answer to a command until the portal shows its effect, at steady rates of commands."""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import servers
from benchmarks.rpc import running
from benchmarks.tenants import Tenant, settle, submit
from deploy.stack import SERVICES
from shared.contracts.errors import NotFound
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.identity.keys import SigningKey
from shared.messaging.client import RpcClient

# Commands a second; two cores are busy with everything that takes part at the last.
RATES = (25, 50, 100)
SECONDS = 8
ROUNDS = 5
WARM_UP_S = 3
TENANTS = 16
READY_TRIES = 300
# Each question is load, too.
AGAIN_EVERY = 10
# Enough of them that a slow answer never holds the next command up.
CLIENTS = 32


class Times(NamedTuple):
    """Seconds from the command's answer until its effect was shown, and what asking again takes, if asked."""

    lag: float
    again: float | None


def run() -> list[dict[str, Any]]:
    """Median and 99th percentile, each the median of five rounds, beside asking for what is there already."""
    with ExitStack() as stack:
        amqp_uri = stack.enter_context(servers.broker())
        url = stack.enter_context(servers.database())
        keys = Path(os.environ["PORTAL_KEYS"])
        engine = connect(url, name="benchmark")
        upgrade(engine)
        key = SigningKey.load(keys, "sessions")
        tenants = [settle(engine, key) for _ in range(TENANTS)]
        engine.dispose()
        environment = {"DATABASE_URL": url}
        for service in ("requests", "portal_read"):
            stack.enter_context(running(["shared.messaging.runner", SERVICES[service]], environment))
        stack.enter_context(running(["shared.eventlog.relay"], environment, ready="relay_partition_taken"))
        client = stack.enter_context(closing(RpcClient(amqp_uri, name="benchmark")))
        crew = stack.enter_context(ThreadPoolExecutor(CLIENTS))
        for tenant in tenants:
            _wait_for_projection(client, tenant)
        _round(crew, client, tenants, RATES[0], WARM_UP_S)
        measured = {
            rate: [_round(crew, client, tenants, rate, SECONDS) for _ in range(ROUNDS)] for rate in RATES
        }
    return [_row(rate, percentile, rounds) for rate, rounds in measured.items() for percentile in (50, 99)]


def _round(
    crew: ThreadPoolExecutor, client: RpcClient, tenants: list[Tenant], rate: int, seconds: int
) -> list[Times]:
    """Each command is sent when it is due, whether those before it were answered or not."""
    start = time.perf_counter()

    def submit(number: int) -> Times:
        time.sleep(max(start + number / rate - time.perf_counter(), 0))
        tenant = tenants[number % len(tenants)]
        return _submit_and_look(client, tenant, and_again=number % AGAIN_EVERY == 0)

    return list(crew.map(submit, range(rate * seconds)))


def _wait_for_projection(client: RpcClient, tenant: Tenant) -> None:
    for _ in range(READY_TRIES):
        if client.call("portal_read", "sites", auth_token=tenant.customer)["items"]:
            return
        time.sleep(0.1)
    raise RuntimeError("the projection does not follow the log")


def _submit_and_look(client: RpcClient, tenant: Tenant, *, and_again: bool) -> Times:
    submitted = submit(client, tenant)
    answered = time.perf_counter()
    about = {"auth_token": tenant.customer, "request_id": submitted["request_id"]}
    while not _is_shown(client, about, submitted["position"]):
        # As many others wait already as may.
        pass
    seen = time.perf_counter()
    if not and_again:
        return Times(seen - answered, None)
    client.call("portal_read", "request", **about)
    return Times(seen - answered, time.perf_counter() - seen)


def _is_shown(client: RpcClient, about: dict[str, Any], position: str) -> bool:
    try:
        return bool(client.call("portal_read", "request", **about, at_least=position)["reached"])
    except NotFound:
        return False


def _row(rate: int, percentile: int, rounds: list[list[Times]]) -> dict[str, Any]:
    lag, again = (
        statistics.median(_percentile(values, percentile) for values in measured) * 1_000
        for measured in (
            [[times.lag for times in each] for each in rounds],
            [[times.again for times in each if times.again is not None] for each in rounds],
        )
    )
    return {
        "name": f"command answered until shown, p{percentile}, {rate} commands/s",
        "value": round(lag, 2),
        "unit": "ms",
        "peer": f"the same question once it is there: {again:.2f}",
        "ratio": round(lag / again, 2),
    }


def _percentile(values: list[float], percentile: int) -> float:
    return sorted(values)[min(len(values) * percentile // 100, len(values) - 1)]
