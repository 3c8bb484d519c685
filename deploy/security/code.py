"""bandit, over the packages that run."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.security.findings import Finding, NotRun

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "shared", "portalctl", "deploy")
FOUND = 1


def look() -> Iterator[Finding]:
    """All that it finds, of any severity. Raises NotRun."""
    command = [sys.executable, "-m", "bandit", "--recursive", "--format=json", "--quiet", *PACKAGES]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode not in (0, FOUND):
        raise NotRun(ran.stderr.strip())
    report = json.loads(ran.stdout)
    if report["errors"]:
        raise NotRun(f"{len(report['errors'])} files could not be read")
    for found in report["results"]:
        where = f"{found['filename'].removeprefix('./')}:{found['line_number']}"
        yield Finding("bandit", found["test_id"], where, found["issue_text"])
