"""A process of services ends in good order and in bounded time, and says what keeps it from starting."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.messaging.given import entered, kwargs
from tests.support.samples import OURS, PLAIN, Samples
from tests.support.stack import ROOT
from tests.support.waiting import wait_until
from tests.support.wire import Wire

DRAIN_S = 1.0
DRAIN = {"PORTAL_DRAIN_TIMEOUT": str(DRAIN_S)}
MODULE = "tests.support.sample_services"


def wait(samples: Samples, service: str, gate: Path) -> dict[str, str]:
    answer: dict[str, str] = samples.call(f"{service}.wait", gate=str(gate))
    return answer


def test_a_call_under_way_is_answered_and_later_ones_wait_for_the_next_process(
    samples: Samples, bare: Wire, gate: Path, threads: ThreadPoolExecutor
):
    process = samples.run("leaving")
    running = threads.submit(wait, samples, "leaving", gate)
    entered(gate)
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: bare.consumers("rpc-leaving") == 0, what="it takes no more calls")
    later = [threads.submit(samples.call, "leaving.echo", text=f"call {n}") for n in range(5)]
    gate.touch()
    assert running.result(10) == {"gate": str(gate)}
    assert process.wait(10) == 0
    samples.run("leaving")
    assert [call.result(10)["text"] for call in later] == [f"call {n}" for n in range(5)]
    assert samples.end("leaving") == 0


def test_no_call_is_lost_while_one_of_two_instances_ends(samples: Samples, threads: ThreadPoolExecutor):
    first = samples.run("twin", process="twin-1")
    samples.run("twin", process="twin-2")
    calls = [threads.submit(samples.call, "twin.echo", text=f"call {n}") for n in range(400)]
    wait_until(lambda: sum(call.done() for call in calls) > 20, what="the calls have begun")
    first.send_signal(signal.SIGTERM)
    assert [call.result(20)["text"] for call in calls] == [f"call {n}" for n in range(400)]
    assert first.wait(10) == 0
    assert samples.end("twin-2") == 0


@pytest.mark.parametrize(
    ("name", "busy"), [("yielding", False), ("busy", True)], ids=["that yields", "that does not yield"]
)
def test_a_handler_that_never_ends_does_not_keep_the_process_alive(
    samples: Samples, bare: Wire, gate: Path, name: str, busy: bool
):
    process = samples.run(name, **DRAIN)
    bare.publish(f"{name}.hang", kwargs(gate=str(gate), busy=busy), reply_to="nobody")
    entered(gate)
    before = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) != 0
    assert time.monotonic() - before < DRAIN_S + 2


def test_plain_nameko_waits_for_such_a_handler_for_ever(samples: Samples, bare: Wire, gate: Path):
    process = samples.run("plain-endless", *PLAIN)
    bare.publish("plain-endless.hang", kwargs(gate=str(gate)), reply_to="nobody")
    entered(gate)
    process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(DRAIN_S + 1)
    assert b"stopping services" in samples.log("plain-endless")
    samples.kill("plain-endless")


def test_a_service_that_dies_ends_its_process_so_that_it_is_started_anew(samples: Samples, bare: Wire):
    process = samples.run("mortal", OURS[0], f"{MODULE}:MortalService", **DRAIN)
    bare.publish("mortal.echo", kwargs(text="the dependency fails"), reply_to="nobody")
    assert process.wait(10) == 1
    assert b"service_died" in samples.log("mortal")


def run_badly(samples: Samples, *services: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shared.messaging.runner", *services],
        cwd=ROOT,
        env=samples.environment | environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize(
    ("services", "environment", "says"),
    [
        ((OURS[1],), {"AMQP_URI": ""}, "AMQP_URI is not set"),
        ((OURS[1],), {"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ((OURS[1],), {"AMQP_URI": "amqp://host:port/"}, "AMQP_URI is malformed"),
        ((OURS[1],), {"DATABASE_URL": "localhost/portal"}, "DATABASE_URL is malformed"),
        ((OURS[1],), {"PORTAL_DRAIN_TIMEOUT": "soon"}, "PORTAL_DRAIN_TIMEOUT must be a number, not 'soon'"),
        ((OURS[1],), {"PORTAL_MAX_WORKERS": "0"}, "PORTAL_MAX_WORKERS must be a whole number from 1"),
        (
            ("services.documents.service:DocumentsService",),
            {"PORTAL_FILES": ""},
            "PORTAL_FILES must be a URL",
        ),
        (("services.nothing.service:Nothing",), {}, "'services.nothing.service:Nothing' is no service"),
        ((f"{MODULE}:NoSuchService",), {}, "NoSuchService"),
    ],
)
def test_a_wrong_setting_gives_one_line_and_the_exit_code_2(
    samples: Samples, services: tuple[str, ...], environment: dict[str, str], says: str
):
    ended = run_badly(samples, *services, **environment)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
