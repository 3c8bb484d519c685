"""Serves the files under static/, compressed for browsers that understand it and kept by them for long."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, request, url_for
from werkzeug.security import safe_join

FOLDER = Path(__file__).parent / "static"
ENDPOINT = "static"
A_YEAR_S = 365 * 24 * 3600
MOST_FILES = 200


@dataclass(frozen=True)
class Asset:
    media_type: str
    version: str
    plain: bytes
    compressed: bytes


def register(app: Flask) -> None:
    """Answer under /static/ and let templates say `asset(name)`."""
    app.add_url_rule("/static/<path:filename>", endpoint=ENDPOINT, view_func=_send)
    app.add_template_global(asset)


def asset(name: str) -> str:
    """The address of a file under static/, with its version in it. Raises FileNotFoundError.

    What is under vendor/ is made by `python -m deploy.assets`.
    """
    return url_for(ENDPOINT, filename=name, v=_asset(name).version)


def _send(filename: str) -> Response:
    if not _is_public(filename):
        abort(404)
    found = _asset(filename)
    compress = request.accept_encodings.quality("gzip") > 0
    response = Response(found.compressed if compress else found.plain, mimetype=found.media_type)
    response.headers["Vary"] = "Accept-Encoding"
    if compress:
        response.headers["Content-Encoding"] = "gzip"
    kept = request.args.get("v") == found.version
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable" if kept else "no-cache"
    return response


def _is_public(name: str) -> bool:
    """Whether it names a file in the folder and not one elsewhere, nor one that begins with a dot."""
    joined = safe_join(str(FOLDER), name)
    return joined is not None and not Path(joined).name.startswith(".") and Path(joined).is_file()


def _asset(name: str) -> Asset:
    """The file as it is now; compressed only once."""
    file = FOLDER / name
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(MOST_FILES)
def _read(file: Path, _modified: int) -> Asset:
    content = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    version = hashlib.sha256(content).hexdigest()[:12]
    return Asset(media_type, version, content, gzip.compress(content, mtime=0))
