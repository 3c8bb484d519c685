"""The slice from end to end, over RabbitMQ with a process per service, and embedded in one process."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.stack import ROOT, Stack
from tests.support.story import tell


def test_the_slice_runs_over_rabbitmq_with_a_process_per_service(portal: Stack) -> None:
    tell(portal)


def test_the_slice_runs_embedded_in_one_process(server_folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.embedded_story", str(server_folder / "embedded")],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "told" in ran.stdout
