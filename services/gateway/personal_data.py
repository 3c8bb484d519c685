"""What the portal holds of a customer, in one file to keep: data, a page to read, and their own files."""

import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from flask import Response, current_app

from services.gateway import session
from services.gateway.downloads import FILES
from shared.contracts.errors import NotFound
from shared.disclosure.disclosure import COVER, DATA, Attachment, Disclosure
from shared.files.store import CHUNK_BYTES, FileStore
from shared.identity.tokens import now

NAME = "meine-daten.zip"
# What is smaller stays in memory.
_SPOOLED_BYTES = 1024 * 1024


def copy() -> Response:
    """The caller's copy as a ZIP file. Raises Unavailable."""
    archive: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115 - closed with the answer
    try:
        _write(archive, _disclosure())
    except BaseException:
        archive.close()
        raise
    response = Response(_chunks(archive), mimetype="application/zip")
    response.call_on_close(archive.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{NAME}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _disclosure() -> Disclosure:
    entries = list(_entries())
    sessions = session.call("invitation", "sessions")["items"]
    return Disclosure(str(session.caller().contact), now(), entries, sessions)


def _entries() -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = session.call("customers", "personal_data", cursor=cursor)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _write(archive: IO[bytes], disclosure: Disclosure) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(COVER, disclosure.cover())
        made.writestr(DATA, disclosure.data())
        for attachment in disclosure.attachments:
            _add(made, attachment)


def _add(made: zipfile.ZipFile, attachment: Attachment) -> None:
    """One that is gone from the store is left out; that it was there, the data says."""
    files: FileStore = current_app.extensions[FILES]
    try:
        found = session.call("documents", "attachment", attachment_id=attachment.id)
        chunks = files.chunks(found["location"])
        first = next(chunks, b"")
    except NotFound:
        return
    with made.open(attachment.name, "w") as file:
        file.write(first)
        for chunk in chunks:
            file.write(chunk)


def _chunks(archive: IO[bytes]) -> Iterator[bytes]:
    archive.seek(0)
    while chunk := archive.read(CHUNK_BYTES):
        yield chunk
