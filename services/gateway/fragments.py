"""Tells a script that fetches a part of a page from a browser that opens the whole."""

from flask import request


def is_fragment() -> bool:
    """Whether htmx asks, to put the answer into a page that is open."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
