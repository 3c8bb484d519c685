"""A subscription outlives what happens around it: a database gone, a process ended."""

import signal
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from deploy.servers import PostgreSQL
from shared.messaging.failures import ERROR
from tests.integration.messaging.given import entered, publish, registered
from tests.integration.messaging.reactions import DEAD, effects, handled, parked, rows
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire


def test_a_database_that_is_down_uses_up_no_attempt(
    samples: Samples, bare: Wire, postgresql: PostgreSQL, name: str
):
    """The event waits as long as it takes; here longer than all attempts together."""
    database = samples.database_url.rpartition("/")[2]
    event = registered(samples.engine, name)
    bare.channel.queue_purge(DEAD)
    with psycopg.connect(postgresql.uri("postgres"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        samples.engine.dispose()
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        before = samples.log("sample").count(b"event_waits")
        publish(bare, event)
        wait_until(lambda: samples.log("sample").count(b"event_waits") > before + 2, what="it waits")
        admin.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    wait_until(lambda: effects(samples, name, event) == (1, 1, 1), what="it is handled")
    assert bare.depth(DEAD) == 0


def test_a_statement_that_takes_too_long_is_a_failure_and_not_waited_out(
    samples: Samples, bare: Wire, tmp_path: Path
):
    """It would hold up all events behind it for ever."""
    bare.channel.queue_purge(DEAD)
    event = registered(samples.engine, "slow statement")
    publish(bare, event)
    assert str(parked(bare, event)[0][ERROR]).startswith("OperationalError")


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL])
def test_an_event_whose_handler_is_interrupted_is_neither_lost_nor_handled_twice(
    samples: Samples, bare: Wire, gate: Path, with_signal: signal.Signals
):
    service = f"reader-{with_signal.name}".lower()
    process = samples.run(service, process=f"{service}-1")
    queue = f"{service}.company_registered"
    name = f"wait {uuid4()}"
    event = registered(samples.engine, name, number=str(gate))
    behind = registered(samples.engine, f"behind {uuid4()}")
    wait_until(lambda: bare.consumers(queue) == 1, what="it is subscribed")
    publish(bare, event, queue=queue)
    publish(bare, behind, queue=queue)
    entered(gate)
    process.send_signal(with_signal)
    if with_signal is signal.SIGTERM:
        wait_until(lambda: bare.consumers(f"rpc-{service}") == 0, what="it has begun to stop")
        assert effects(samples, name, event) == (0, 0, 0)
    else:
        process.wait(10)
    gate.touch()
    assert process.wait(10) == (0 if with_signal is signal.SIGTERM else -signal.SIGKILL)
    assert rows(samples, name) == (1 if with_signal is signal.SIGTERM else 0)
    samples.run(service, process=f"{service}-2")
    wait_until(lambda: handled(samples, behind), what="both are handled")
    assert effects(samples, name, event) == (1, 1, 1)
    assert samples.end(f"{service}-2") == 0
