"""Makes the folder of assets from others, out of the lock file and of what the pages use of them."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from deploy import node
from deploy.assets import icons, outlines
from deploy.assets.stylesheet import only_used
from deploy.assets.words import words_in

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
GATEWAY = HERE.parents[1] / "services" / "gateway"
FOLDER = GATEWAY / "static" / "vendor"
LOCK = HERE / "package-lock.json"
# Copied as they are: name in our folder → path in its package.
COPIES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
}


def prepare() -> None:
    """Bring the folder up to date; does nothing when it is. Two at once wait for each other.

    Raises CalledProcessError.
    """
    FOLDER.mkdir(exist_ok=True)
    used = words_in(GATEWAY)
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _once(MODULES / ".made-from", _digest(LOCK), lambda: node.install(HERE))
        _once(
            FOLDER / ".outlines-made-from",
            _digest(LOCK, HERE / "outlines.py", HERE / "simplifying.py"),
            _outlines,
        )
        pages = _digest(LOCK, *HERE.glob("*.py"), words=used)
        _once(FOLDER / ".made-from", pages, lambda: _pages(used))


def _once(stamp: Path, made_from: str, make: Callable[[], None]) -> None:
    """Make something, unless it was made from just this before."""
    if not stamp.exists() or stamp.read_text() != made_from:
        print("Preparing the pages' assets …", flush=True)
        make()
    # Newer than what it was made from, in any case: that is what make looks at.
    stamp.write_text(made_from)


def _pages(used: frozenset[str]) -> None:
    for name, source in COPIES.items():
        shutil.copyfile(MODULES / source, FOLDER / name)
    tabler = (MODULES / "@tabler/core/dist/css/tabler.min.css").read_text(encoding="utf-8")
    (FOLDER / "tabler.css").write_text(only_used(tabler, used), encoding="utf-8")
    (FOLDER / "icons.svg").write_text(icons.sprite(MODULES / "@tabler/icons/icons", used), encoding="utf-8")


def _outlines() -> None:
    for name, rings in outlines.of(MODULES).items():
        (FOLDER / name).write_text(json.dumps(rings, separators=(",", ":")))


def _digest(*files: Path, words: frozenset[str] = frozenset()) -> str:
    digest = hashlib.sha256("\n".join(sorted(words)).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()
