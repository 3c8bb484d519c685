"""The same tests again, in a process that is monkey-patched, as the services and the gateway are."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stack import ROOT


@pytest.mark.parametrize("name", ["test_store.py", "test_waiting.py"])
def test_the_store_keeps_to_the_same_among_greenlets(name: str):
    path = Path(__file__).with_name(name).relative_to(ROOT)
    command = [sys.executable, "-m", "tests.support.greenlets", str(path), "-q", "--timeout=60"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout
    assert "skipped" not in ended.stdout
