"""Runs `portalctl` as operators do, against a test's own servers."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
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
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
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
