"""The words in the gateway's pages and scripts, among them every class and icon that they use."""

import re
from pathlib import Path

_WORD = re.compile(r"[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_SOURCES = ("templates/**/*.html", "static/*.js", "*.py")


def words_in(gateway: Path) -> frozenset[str]:
    """Every word of the templates, scripts and Python files in a folder; most of them name nothing."""
    texts = (file.read_text(encoding="utf-8") for pattern in _SOURCES for file in gateway.glob(pattern))
    return frozenset(word for text in texts for word in _WORD.findall(text))
