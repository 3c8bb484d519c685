"""The examples end with one line when they can't do their work."""

import os
import subprocess
import sys

import pytest

from tests.support.stack import ROOT, Stack

NOBODY = "amqp://portal:geheim@127.0.0.1:1/"


def failure(script: str, *arguments: str, **settings: str) -> str:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "examples" / script), *arguments],
        env={name: value for name, value in os.environ.items() if name != "AMQP_URI"} | settings,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr


@pytest.mark.parametrize(
    "command", [("submit_request.py",), ("print_events.py",), ("look_into_queue.py", "events.unrouted")]
)
def test_a_broker_that_is_not_there_is_said(command: tuple[str, ...]) -> None:
    said = failure(*command, AMQP_URI=NOBODY, EMAIL="joerg@example.com", PASSWORD="geheim")
    assert "AMQP_URI" in said
    assert "Connection refused" in said
    assert "geheim" not in said


@pytest.mark.parametrize("script", ["submit_request.py", "print_events.py", "look_into_queue.py"])
def test_a_setting_that_is_missing_is_said(script: str) -> None:
    assert "Set AMQP_URI" in failure(script)


def test_a_wrong_sign_in_is_said(portal: Stack) -> None:
    said = failure(
        "submit_request.py", AMQP_URI=portal.amqp_uri, EMAIL="joerg@example.com", PASSWORD="not it"
    )
    assert said.startswith("Unauthenticated: ")


def test_a_queue_that_is_not_there_is_said(portal: Stack) -> None:
    assert "no queue 'nowhere'" in failure("look_into_queue.py", "nowhere", AMQP_URI=portal.amqp_uri)
