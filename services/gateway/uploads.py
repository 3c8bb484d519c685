"""Takes the file of a form into the store while it comes in, so that none is ever held whole in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, File, MultipartDecoder, NeedData, Preamble
from werkzeug.sansio.multipart import Field as FormField

from services.gateway.downloads import FILES
from shared.contracts.documents import FILE_BYTES
from shared.contracts.errors import MalformedRequest, ValidationFailed
from shared.files.location import Owner
from shared.files.store import FileStore, FileTooLarge

MULTIPART = "multipart/form-data"
FIELD = "file"
CHUNK_BYTES = 64 * 1024
# What a form has beside its file.
FIELDS_BYTES = 64 * 1024
# Boundaries, and the headers of the file's part.
_FRAME_BYTES = 16 * 1024
# How long `documents` may take for one: a picture waits for its turn there, and is drawn anew.
TAKEN_IN_S = 25.0
_MOST_FORM_BYTES = 4 * FILE_BYTES


@dataclass(frozen=True)
class Upload:
    """`filename` and `media_type` are what the sender says; `documents` judges the content."""

    filename: str
    media_type: str
    sha256: str
    size: int


def receive(owner: Owner) -> Upload:
    """Store the one file of the form that is sent.

    Raises FileTooLarge, ValidationFailed, MalformedRequest, UnsupportedMediaType.
    """
    events = _events(FILE_BYTES + _FRAME_BYTES)
    return _stored(owner, _file_part(events), _content_alone(events))


class FormWithFile:
    """A form whose last field is a file: its other fields can be looked at before the file is taken in.

    `request.form` holds them, as it does of other forms. Raises FileTooLarge, MalformedRequest,
    UnsupportedMediaType, and RequestEntityTooLarge for the other fields.
    """

    def __init__(self) -> None:
        # What is longer than a file may be still comes in, and is refused beside its field.
        self._events = _events(_MOST_FORM_BYTES)
        self._file: File | None = None
        values: dict[str, str] = {}
        left = FIELDS_BYTES
        for event in self._events:
            if isinstance(event, File):
                self._file = event
                break
            if isinstance(event, FormField):
                text = b"".join(_content(self._events))
                left -= len(text)
                if left < 0:
                    raise RequestEntityTooLarge()
                values[event.name] = text.decode("utf-8", "replace")
        vars(request)["form"] = ImmutableMultiDict(values)

    @property
    def filename(self) -> str:
        """What the chosen file is called, or nothing when none was chosen."""
        return (self._file and self._file.filename) or ""

    def hold(self, values: dict[str, str]) -> None:
        """Have `request.form` hold these as well: who is to send it again then sends them, too."""
        vars(request)["form"] = ImmutableMultiDict(request.form.to_dict() | values)

    def store(self, owner: Owner) -> Upload | None:
        """Store the file, if one was chosen. Raises FileTooLarge, MalformedRequest, Unavailable."""
        if self._file is None or not self.filename:
            return None
        try:
            return _stored(owner, self._file, _content(self._events))
        finally:
            # A browser hears the answer only once it has sent all.
            for _event in self._events:
                pass


def _stored(owner: Owner, part: File, content: Iterator[bytes]) -> Upload:
    files: FileStore = current_app.extensions[FILES]
    stored = files.put(owner, content, limit=FILE_BYTES)
    media_type, _ = parse_options_header(part.headers.get("Content-Type", ""))
    return Upload(part.filename, media_type, stored.sha256, stored.size)


def _file_part(events: Iterator[Event]) -> File:
    part = next(events)
    if isinstance(part, Preamble):
        part = next(events)
    if not isinstance(part, File) or part.name != FIELD:
        raise ValidationFailed({FIELD: ["Send a file as the part of this name."]})
    return part


def _content(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if not isinstance(event, Data):
            raise MalformedRequest("The form ends within its file.")
        yield event.data
        if not event.more_data:
            return


def _content_alone(events: Iterator[Event]) -> Iterator[bytes]:
    """Refused before its end when something follows, so that nothing of it is kept."""
    yield from _content(events)
    if not isinstance(next(events), Epilogue):
        raise ValidationFailed({FIELD: ["Send one file, and nothing else."]})


def _events(most_bytes: int) -> Iterator[Event]:
    """What the form holds, as far as it has come in.

    Raises FileTooLarge, MalformedRequest, UnsupportedMediaType.
    """
    request.max_content_length = most_bytes
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != MULTIPART or not boundary:
        raise UnsupportedMediaType(f"The body must be {MULTIPART} with a boundary.")
    decoder = MultipartDecoder(boundary.encode(), max_form_memory_size=4 * CHUNK_BYTES)
    while True:
        try:
            event = decoder.next_event()
            if isinstance(event, NeedData):
                decoder.receive_data(_received())
                continue
        except (OSError, ValueError):
            raise MalformedRequest(f"The body is no {MULTIPART}, or ends too early.") from None
        yield event
        if isinstance(event, Epilogue):
            return


def _received() -> bytes | None:
    """More of the body, or None at its end."""
    try:
        return request.stream.read(CHUNK_BYTES) or None
    except RequestEntityTooLarge:
        raise FileTooLarge(FILE_BYTES) from None
