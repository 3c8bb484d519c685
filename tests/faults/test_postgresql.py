"""PostgreSQL goes away, comes back, ends sessions, waits for locks, and has no room left."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.faults.oracle import judge
from tests.faults.trial import PATIENCE_S, Trial
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def restart(trial: Trial) -> None:
    trial.postgresql.stop()
    trial.postgresql.start(PATIENCE_S)


def crash(trial: Trial) -> None:
    """As a power cut: what was committed is on disk."""
    trial.postgresql.kill()
    trial.postgresql.start(PATIENCE_S)


def end_sessions(trial: Trial) -> None:
    with _admin(trial) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND application_name NOT IN ('trial', 'tests')"
        )


def cancel_statements(trial: Trial) -> None:
    """What a statement meets that takes too long."""
    with _admin(trial) as connection:
        for _ in range(50):
            connection.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active'"
                " AND pid <> pg_backend_pid() AND application_name <> 'trial'"
            )


@pytest.mark.parametrize("fault", [restart, crash, end_sessions, cancel_statements])
def test_the_database_interrupts_whatever_it_does(
    trial: Trial, fault: Callable[[Trial], None], few: int, seed: int
) -> None:
    with trial.load(seed):
        for _ in range(few):
            trial.some_work()
            fault(trial)
            trial.engine.dispose()
        trial.some_work()
    judge(trial)


@pytest.mark.parametrize("table", ["eventlog.partitions", "eventlog.inbox", "portal_read.owners"])
def test_a_lock_held_until_statements_time_out_holds_work_up_and_loses_none(
    trial: Trial, table: str, seed: int
) -> None:
    """For longer than a statement may take, and until pools are empty: each caller is answered in time."""
    with trial.load(seed) as attempts:
        trial.some_work()
        with psycopg.connect(trial.database_url) as holder:
            holder.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            wait_until(lambda: _timed_out(trial), what="statements time out", timeout=PATIENCE_S)
            asked = len(list(attempts))
            wait_until(lambda: len(list(attempts)) > asked, what="callers are answered", timeout=PATIENCE_S)
        trial.some_work()
    judge(trial)


def test_a_transaction_held_open_keeps_nobody_from_anything(trial: Trial, seed: int) -> None:
    with psycopg.connect(trial.database_url) as holder:
        holder.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        holder.execute("SELECT count(*) FROM eventlog.events")
        with trial.load(seed):
            trial.some_work(150)
        judge(trial)


def _timed_out(trial: Trial) -> Any:
    return any(
        needle in log.read_bytes()
        for log in trial.logs.iterdir()
        for needle in (b"database_unavailable", b"QueryCanceled", b"projection_interrupted", b"event_failed")
    )


def _admin(trial: Trial) -> psycopg.Connection[Any]:
    return psycopg.connect(trial.postgresql.uri("portal"), autocommit=True)
