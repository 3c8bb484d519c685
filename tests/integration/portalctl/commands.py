"""Runs `portalctl` as operators do, against a test's own servers."""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portalctl.main import COMMANDS, main

ROOT = Path(__file__).parents[3]
# Forks off processes that have imported all there is, which takes most of the time of a short command.
_READY = multiprocessing.get_context("forkserver")
_READY.set_forkserver_preload([f"portalctl.{module}" for module in COMMANDS.values()])
# Where the tests themselves run in the background, Ctrl-C is turned off for what they start.
_HEARING_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from portalctl.main import main
main()
"""


@dataclass
class Portalctl:
    """`environment` is added to the process's own."""

    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        with tempfile.NamedTemporaryFile("r") as out, tempfile.NamedTemporaryFile("r") as err:
            added = self.environment | environment
            process = _READY.Process(target=_run, args=[arguments, os.environ | added, out.name, err.name])
            process.start()
            process.join(120)
            ended = process.exitcode is not None
            process.kill()
            assert ended, f"portalctl {arguments} has not ended: {err.read()}"
            return subprocess.CompletedProcess(arguments, process.exitcode, out.read(), err.read())

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Begin a command that is to be followed, or interrupted, while it runs."""
        return subprocess.Popen(
            [sys.executable, "-c", _HEARING_CTRL_C, *arguments],
            cwd=ROOT,
            env=os.environ | self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, *arguments: str) -> Any:
        """What a command that succeeds prints as JSON."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def _run(arguments: Sequence[str], environment: dict[str, str], out: str, err: str) -> None:
    """In the new process: what a shell would do for it, and the command."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, out), (2, err)):
        os.dup2(os.open(name, os.O_WRONLY), number)
    main(list(arguments))
