"""wapiti in an environment of its own, since its pins disagree with the portal's."""

import hashlib
import subprocess
import sys
from pathlib import Path

from deploy.security.findings import NotRun

FOLDER = Path(__file__).parents[2] / ".venv-security"
LOCK = Path(__file__).with_name("requirements.lock")


def installed() -> Path:
    """Where it is, installed from its lock file if that has changed. Raises NotRun."""
    program, stamp = FOLDER / "bin" / "wapiti", FOLDER / ".made-from"
    made_from = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != made_from:
        print("Installing the scanner …", flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
        options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement", str(LOCK)]
        _run([str(FOLDER / "bin" / "python"), "-m", "pip", "install", *options])
        stamp.write_text(made_from)
    return program


def _run(command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        last = ran.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise NotRun(f"the scanner can't be installed: {last[0][:200]}")
