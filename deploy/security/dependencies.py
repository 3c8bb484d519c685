"""pip-audit, over the packages that are locked."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.security.findings import Finding, NotRun

ROOT = Path(__file__).parents[2]
LOCK = "requirements.lock"
TIMEOUT_S = 300


def look() -> Iterator[Finding]:
    """Known holes of the pinned versions. Raises NotRun where nobody can be asked, as on a closed network."""
    options = ["--no-deps", "--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off"]
    command = [sys.executable, "-m", "pip_audit", "--requirement", LOCK, *options]
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S)
        report = json.loads(ran.stdout)
    except subprocess.TimeoutExpired:
        raise NotRun(f"no answer within {TIMEOUT_S} s") from None
    except json.JSONDecodeError:
        last = ran.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise NotRun(f"the list of known holes can't be had: {last[0][:200]}") from None
    packages = report["dependencies"]
    for package in packages:
        for hole in package.get("vulns", ()):
            where = f"{package['name']} {package['version']}"
            fixed = ", ".join(hole["fix_versions"]) or "no version yet"
            yield Finding("pip-audit", hole["id"], where, f"mended in {fixed}")
    if skipped := [package["skip_reason"] for package in packages if "skip_reason" in package]:
        # pip-audit itself calls this "no known vulnerabilities".
        raise NotRun(f"{len(skipped)} of {len(packages)} packages could not be looked up: {skipped[0]}")
