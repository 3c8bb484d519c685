"""The files of documents and of attachments, for whoever `documents` lets read them."""

import re
import unicodedata
from collections.abc import Mapping
from itertools import chain
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from services.gateway import session
from shared.contracts.documents import PDF
from shared.files.store import FileStore

FILES = "portal_files"
# Whatever is in a file, the browser runs nothing of it in the portal's name.
CONTENT_SECURITY_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
# What opens in the browser may also be shown beside its facts, on pages of the portal's own. It is in no
# sandbox: there HTML forbids to show a PDF, and Safari shows none. A reader's own parts count as the PDF's.
FRAMED = {
    "Content-Security-Policy": "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "
    "form-action 'none'; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}
pages = Blueprint("downloads", __name__)


@pages.get("/documents/<uuid:document_id>/file")
def document(document_id: UUID) -> Response:
    """A PDF of the provider opens in the browser, unless `?download` asks for it as a file."""
    found = session.call("documents", "file", document_id=document_id)
    opens = found["media_type"] == PDF and "download" not in request.args
    if not opens:
        return file(found)
    response = file(found, "inline")
    response.headers.update(FRAMED)
    return response


@pages.get("/attachments/<uuid:attachment_id>/file")
def attachment(attachment_id: UUID) -> Response:
    """What a customer added to a request is never opened, only saved."""
    return file(session.call("documents", "attachment", attachment_id=attachment_id))


def file(found: Mapping[str, Any], disposition: str = "attachment") -> Response:
    """The bytes of what `documents` lets its caller read, a MiB at a time. Raises NotFound, Unavailable."""
    files: FileStore = current_app.extensions[FILES]
    chunks = files.chunks(found["location"])
    # The first one is read before the answer begins, so that an error still becomes a page.
    response = Response(chain([next(chunks, b"")], chunks), mimetype=found["media_type"])
    response.content_length = found["size"]
    response.headers["Content-Disposition"] = f"{disposition}; {_named(found['filename'])}"
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response


def _named(filename: str) -> str:
    """The name as RFC 6266 wants it: in ASCII for all, and as it is for who understands more."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._ -]", "_", plain)
    return f"filename=\"{safe}\"; filename*=UTF-8''{quote(filename, safe='')}"
