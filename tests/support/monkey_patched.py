"""Tests that are run once more in a process that is monkey-patched, as the services and the gateway are."""

import subprocess
import sys
from pathlib import Path

from tests.support.stack import ROOT


def pass_among_greenlets(*paths: Path) -> None:
    """Run files of tests there; none of them may fail or be skipped."""
    command = [
        sys.executable,
        "-m",
        "tests.support.greenlets",
        *(str(path.relative_to(ROOT)) for path in paths),
    ]
    ended = subprocess.run(
        [*command, "-q", "--timeout=60"], cwd=ROOT, capture_output=True, text=True, timeout=150
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout
    assert "skipped" not in ended.stdout
