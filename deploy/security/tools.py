"""Tools in an environment of their own, since their pins disagree with the portal's."""

import hashlib
import subprocess
import sys
from pathlib import Path

from deploy.security.findings import NotRun

FOLDER = Path(__file__).parents[2] / ".venv-security"
LOCK = Path(__file__).with_name("requirements.lock")


def installed(name: str) -> Path:
    """Where the program of this name is; all are installed if their lock file has changed. Raises NotRun."""
    stamp = FOLDER / ".made-from"
    made_from = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != made_from:
        print("Installing the tools …", flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
        options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement", str(LOCK)]
        _run([str(FOLDER / "bin" / "python"), "-m", "pip", "install", *options])
        stamp.write_text(made_from)
    return FOLDER / "bin" / name


def _run(command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        last = ran.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise NotRun(f"the tools can't be installed: {last[0][:200]}")
