"""RabbitMQ's installation, cut down by symbolic links to what a broker without plugins boots.

Erlang looks for every module in every installed plugin's folder, one failed `open` after another; without
the fifty plugins that are never enabled, the broker boots in about half the time.
"""

import re
import shutil
from pathlib import Path

APPLICATIONS = re.compile(r"\{\s*applications\s*,\s*\[(?P<names>[^\]]*)\]")


def lay_out(release: Path, programs: Path) -> None:
    """Make `release` anew from the installation that the `programs` folder belongs to."""
    installation = (programs / "rabbitmq-server").resolve().parent.parent
    shutil.rmtree(release, ignore_errors=True)
    (release / "plugins").mkdir(parents=True)
    for part in ("sbin", "escript"):
        (release / part).symlink_to(installation / part)
    for application in _needed_by("rabbit", _installed(installation)):
        (release / "plugins" / application.name).symlink_to(application)


def _installed(installation: Path) -> dict[str, Path]:
    """Application folders by application name."""
    return {file.stem: file.parent.parent for file in installation.glob("plugins/*/ebin/*.app")}


def _needed_by(name: str, installed: dict[str, Path]) -> set[Path]:
    """Folders of an application and of all that it depends on; Erlang's own applications are elsewhere."""
    pending, needed = [name], dict[str, Path]()
    while pending:
        candidate = pending.pop()
        if candidate in installed and candidate not in needed:
            needed[candidate] = installed[candidate]
            pending += _dependencies(installed[candidate] / "ebin" / f"{candidate}.app")
    return set(needed.values())


def _dependencies(description: Path) -> list[str]:
    match = APPLICATIONS.search(description.read_text())
    return re.findall(r"\w+", match["names"]) if match else []
