"""Failpoints do what the environment says, and nothing without it."""

import os
import signal
import subprocess
import sys


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"from shared.failpoints import reach\n{code}"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_without_a_setting_nothing_happens() -> None:
    assert run("reach('relay.after_save'); print('on')").stdout == "on\n"


def test_a_named_failpoint_kills_the_process_when_it_is_reached_that_often() -> None:
    code = "for number in range(5): print(number, flush=True); reach('here')"
    outcome = run(code, PORTAL_FAILPOINTS="elsewhere=kill,here=kill@3")
    assert (outcome.returncode, outcome.stdout.split()) == (-signal.SIGKILL, ["0", "1", "2"])


def test_production_refuses_to_start_with_failpoints() -> None:
    outcome = run("print('on')", PORTAL_FAILPOINTS="here=kill", PORTAL_ENV="production")
    assert outcome.returncode == 1
    assert "unset it in production" in outcome.stderr


def test_a_setting_that_makes_no_sense_is_refused() -> None:
    assert "PORTAL_FAILPOINTS" in run("print('on')", PORTAL_FAILPOINTS="here=explode").stderr
