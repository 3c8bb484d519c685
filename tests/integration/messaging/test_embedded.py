"""The broker inside the process carries calls and events as RabbitMQ does, for our code and for nameko's."""

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.servers import PostgreSQL
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller
from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now
from tests.support.samples import PROVIDER
from tests.support.stack import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture(scope="module")
def database(postgresql: PostgreSQL, template_database: str) -> str:
    name = f"embedded_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql.uri("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    return postgresql.uri(name)


@pytest.fixture(scope="module")
def seen(database: str, keys: Path, folder: Path) -> dict[str, Any]:
    """What happened within the process, as it tells it."""
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE reactions (event_id uuid, name text)")
    caller = Caller(kind=CallerKind.STAFF, account_id=PROVIDER, provider_id=PROVIDER)
    token = issue(SigningKey.load(keys, "sessions"), caller, now=now())
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.embedded_samples", token, str(folder)],
        cwd=ROOT,
        env={"AMQP_URI": "embedded://", "DATABASE_URL": database, "PORTAL_KEYS": str(keys)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_calls_of_many_threads_get_their_own_answers(seen: dict[str, Any]):
    assert seen["numbers"] == list(range(40))


def test_a_command_is_carried_out_once(seen: dict[str, Any]):
    first, second = seen["registered"]
    assert first == second
    assert first["position"].endswith(":1")


def test_errors_come_as_over_rabbitmq(seen: dict[str, Any]):
    assert (seen["refused"], seen["unsigned"], seen["unknown"]) == (
        "invalid_transition",
        "unauthenticated",
        "method_not_found",
    )


def test_namekos_own_client_and_service_work_too(seen: dict[str, Any]):
    assert seen["ours by nameko's client"] == {"text": "x", "number": None}
    assert seen["nameko's by its client"] == {"text": "x", "number": None}


def test_an_event_has_its_effect_once_and_reaches_namekos_handlers(seen: dict[str, Any], folder: Path):
    assert seen["reactions"] == ["Bäckerei"]
    assert (folder / "good.seen").exists()


def test_a_failing_event_is_tried_again_and_parked(seen: dict[str, Any], folder: Path):
    assert seen["parked"] == "RuntimeError at sample_services.py"
    assert len((folder / "bad.failed").read_text().split()) == 3


def test_the_services_end_in_good_order(seen: dict[str, Any]):
    assert seen["stopped"] is True
