"""Programs of Debian packages: where they lie, and their installation when they are missing."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

RABBITMQ_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
POSTGRESQL_VERSIONS = Path("/usr/lib/postgresql")
CHROMIUM = Path("/usr/bin/chromium")
START_POLICY = Path("/usr/sbin/policy-rc.d")
CLUSTER_POLICY = Path("/etc/postgresql-common/createcluster.d/mfr-portal.conf")

APT_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive"}
APT_OPTIONS = ["-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]


class PackageMissing(Exception):
    """A Debian package is needed and can't be installed from here; the message names the command to run."""


def ensure_rabbitmq() -> Path:
    """The folder of RabbitMQ's programs, after installing the package if need be.

    Raises PackageMissing.
    """
    with _alone():
        if not _rabbitmq_is_installed():
            _install("rabbitmq-server")
    if not _rabbitmq_is_installed():
        raise PackageMissing(
            f"rabbitmq-server is installed, but {RABBITMQ_PROGRAMS}/rabbitmq-server is missing"
        )
    return RABBITMQ_PROGRAMS


def ensure_postgresql(version: str | None = None) -> Path:
    """The folder of the programs of one major version (by default the newest), installed if need be.

    Raises PackageMissing.
    """
    with _alone():
        if not _postgresql_folders(version):
            _install("postgresql" if version is None else f"postgresql-{version}")
    folders = _postgresql_folders(version)
    if not folders:
        raise PackageMissing(f"postgresql is installed, but {POSTGRESQL_VERSIONS}/*/bin/postgres is missing")
    return folders[-1]


def ensure_chromium() -> Path:
    """The browser, after installing the package if need be.

    Raises PackageMissing.
    """
    with _alone():
        if not CHROMIUM.exists():
            _install("chromium")
    return CHROMIUM


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else looks for a program while its package is half installed."""
    with Path(__file__).open() as itself:
        fcntl.flock(itself, fcntl.LOCK_EX)
        yield


def _rabbitmq_is_installed() -> bool:
    return (RABBITMQ_PROGRAMS / "rabbitmq-server").exists()


def _postgresql_folders(version: str | None) -> list[Path]:
    folders = [program.parent for program in POSTGRESQL_VERSIONS.glob(f"{version or '*'}/bin/postgres")]
    return sorted(folders, key=lambda folder: int(folder.parent.name))


def _install(package: str) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise PackageMissing(
            f"{package} is not installed. Run: sudo apt-get install -y --no-install-recommends {package}"
        )
    with ExitStack() as policies:
        policies.enter_context(_temporary_file(START_POLICY, "#!/bin/sh\nexit 101\n", mode=0o755))
        policies.enter_context(_temporary_file(CLUSTER_POLICY, "create_main_cluster = false\n", mode=0o644))
        _apt_get("update")
        _apt_get("install", *APT_OPTIONS, package)


@contextmanager
def _temporary_file(path: Path, text: str, *, mode: int) -> Iterator[None]:
    """Put a file there for a while; one that is there already is the administrator's and stays."""
    if path.exists():
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _apt_get(*arguments: str) -> None:
    command = ["apt-get", *arguments]
    outcome = subprocess.run(
        command, env={**os.environ, **APT_ENVIRONMENT}, capture_output=True, text=True, check=False
    )
    if outcome.returncode != 0:
        last_lines = "\n".join((outcome.stdout + outcome.stderr).splitlines()[-15:])
        raise PackageMissing(f"`{' '.join(command)}` failed:\n{last_lines}")
