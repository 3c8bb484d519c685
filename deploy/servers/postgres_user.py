"""The account that PostgreSQL runs under: `postgres` when root starts it, otherwise the caller's own."""

import os
import shutil
import subprocess
from pathlib import Path

ACCOUNT = "postgres"


def is_needed() -> bool:
    """PostgreSQL refuses to run as root."""
    return os.geteuid() == 0


def switch() -> list[str]:
    """The arguments of `setpriv` that change to the account."""
    return [f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"] if is_needed() else []


def hand_over(path: Path) -> None:
    """Make the account the owner of a file or folder."""
    if is_needed():
        shutil.chown(path, ACCOUNT, ACCOUNT)


def make_way(folder: Path) -> None:
    """Create a folder and its missing parents so that the account may pass, whatever the caller's umask."""
    missing = [candidate for candidate in [folder, *folder.parents] if not candidate.exists()]
    for candidate in reversed(missing):
        candidate.mkdir(exist_ok=True)
        candidate.chmod(0o711)


def can_reach(folder: Path) -> bool:
    """Whether the account may enter a folder, or for one that is to be created the nearest that exists."""
    existing = next(candidate for candidate in [folder, *folder.parents] if candidate.exists())
    if not is_needed():
        return os.access(existing, os.X_OK)
    attempt = subprocess.run(["setpriv", *switch(), "test", "-x", str(existing)], cwd="/", check=False)
    return attempt.returncode == 0
