"""What was uploaded into the file store, judged before an attachment or a document is made of it."""

from collections.abc import Callable

from services.documents import content, files, references
from services.documents.files import File
from services.documents.rewriting.agreed import BECOMES
from services.documents.rewriting.apart import rewritten
from shared.contracts.documents import FILE_BYTES
from shared.contracts.errors import NotFound, ValidationFailed
from shared.eventlog.unit import Unit
from shared.files.location import Owner
from shared.files.store import FileStore

_NOT_THERE = ["No such file; upload it again."]


def file(
    log: Unit, store: FileStore, owner: Owner, sha256: str, *, filename: str, media_type: str, blame: str
) -> File:
    """The file that lies in the store; held until the commit, so that it is not swept in between.

    Raises ValidationFailed, at the field `blame` when the content is not of the media type.
    """
    location = owner.location(sha256)
    references.hold_to_refer(log, location)
    try:
        if store.size(location) > FILE_BYTES:
            raise ValidationFailed({"sha256": ["The file is too large."]})
        seen = content.read(store.chunks(location))
    except NotFound:
        raise ValidationFailed({"sha256": _NOT_THERE}) from None
    if seen.sha256 != sha256:
        raise ValidationFailed({"sha256": _NOT_THERE})
    if not content.is_what_it_claims(seen, media_type):
        raise ValidationFailed({blame: [f"The content is no {media_type}, or not that alone."]})
    return File(sha256, seen.size, files.named(filename, media_type), media_type)


def anew(log: Unit, store: FileStore, owner: Owner, sent: File, *, remaining: Callable[[], float]) -> File:
    """The file that is written anew from what was sent; put beside it, and judged as everything there.

    `remaining` tells how many seconds there are. Raises ValidationFailed, Unavailable.
    """
    chunks = store.chunks(owner.location(sent.sha256))
    with rewritten(chunks, sent.media_type, remaining=remaining) as written:
        sha256 = store.put(owner, written, limit=FILE_BYTES).sha256
    media_type = BECOMES[sent.media_type]
    return file(log, store, owner, sha256, filename=sent.filename, media_type=media_type, blame="media_type")
