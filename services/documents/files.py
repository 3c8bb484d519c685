"""Rules of files and of attachments, the files that customers add to their requests."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.declare import Event
from shared.contracts.documents import PDF, AttachmentStored
from shared.contracts.stream import StreamType

_SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    PDF: (".pdf",),
    "text/plain": (".txt", ".csv", ".log", ".md"),
    "video/mp4": (".mp4", ".m4v", ".3gp"),
}


@dataclass(frozen=True)
class File:
    """What lies in the file store, and what people call it; `size` is in bytes."""

    sha256: str
    size: int
    filename: str
    media_type: str


@dataclass(frozen=True)
class Attachment:
    id: UUID
    contact_id: UUID
    file: File


def named(filename: str, media_type: str) -> str:
    """The name, ending as the content asks for, so that what is saved also opens as what it is."""
    suffixes = _SUFFIXES[media_type]
    if filename.lower().endswith(suffixes):
        return filename
    stem, dot, ending = filename.rpartition(".")
    was_heic = media_type == "image/jpeg" and f"{dot}{ending}".lower() in _SUFFIXES["image/heic"]
    return (stem if was_heic else filename) + suffixes[0]


def store(attachment_id: UUID, *, contact_id: UUID, file: File) -> AttachmentStored:
    return AttachmentStored(
        attachment_id=attachment_id,
        contact_id=contact_id,
        filename=file.filename,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
    )


def evolve_attachment(attachment: Attachment | None, event: Event) -> Attachment | None:
    match event:
        case AttachmentStored():
            file = File(event.sha256, event.size, event.filename, event.media_type)
            return Attachment(event.attachment_id, event.contact_id, file)
    return attachment


ATTACHMENT = StreamType("attachment", evolve_attachment)
