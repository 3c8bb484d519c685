"""One file with the icons that the pages use, each a symbol to refer to."""

import re
from pathlib import Path

_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# How an icon is named in a page, so that no other word of it counts: icon-user, icon-map-pin.
PREFIX = "icon-"


def sprite(folder: Path, words: frozenset[str]) -> str:
    """The icons of Tabler named `icon-<name>` among the words, as one SVG. Raises FileNotFoundError."""
    names = sorted(word.removeprefix(PREFIX) for word in words if word.startswith(PREFIX))
    symbols = "".join(_symbol(folder / "outline" / f"{name}.svg", name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'


def _symbol(file: Path, name: str) -> str:
    found = _DRAWING.search(file.read_text(encoding="utf-8"))
    drawing = " ".join(found[1].split()) if found else ""
    return f'<symbol id="{PREFIX}{name}" viewBox="0 0 24 24">{drawing}</symbol>'
