"""What a file is, judged by its content: neither its name nor its sender is asked."""

import codecs
import hashlib
import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import puremagic

from shared.contracts.documents import PDF

HEAD_BYTES = 4 * 1024
# A ZIP file is read from its end, which a comment of up to 64 KiB may follow.
TAIL_BYTES = 66 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Browsers look at the first 1,024 bytes, or further, for what they take for a page.
_SNIFFED_BYTES = 1024
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|script|iframe|object|embed|svg|\?xml)\b|<!--", re.I)
_LONGEST_MARKUP = 10
_BEGINS_AS_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[a-z!?/]", re.I)
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_LONGEST_ARCHIVE = 6
_ZIP_END = b"PK\x05\x06"
# How sure puremagic has to be: it gives 0.1 for each byte that fits.
_SURE = 0.5
# What puremagic may take a file for besides: images and films share their containers.
_KIN = {"image": ("image/", "video/", "audio/"), "video": ("image/", "video/", "audio/")}
_PDF_KIN = (PDF, "application/vnd.fdf")
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_HEIF = {b"mif1", b"msf1"}
_MP4 = {
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"mmp4", b"dash"),
    *(b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"3gp4", b"3gp5", b"3gp6"),
}


@dataclass(frozen=True)
class Content:
    """What was seen of a file while it was read once."""

    sha256: str
    size: int
    head: bytes
    tail: bytes
    is_text: bool
    has_markup: bool
    has_archive: bool


def read(chunks: Iterable[bytes]) -> Content:
    """Look at a file's content, which is not kept."""
    digest, size, head, tail = hashlib.sha256(), 0, b"", b""
    text, has_archive = _Text(), False
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        head += chunk[: HEAD_BYTES - len(head)]
        seam = tail[-_LONGEST_ARCHIVE:] + chunk
        has_archive = has_archive or any(mark in seam for mark in _ARCHIVES)
        tail = (tail + chunk)[-TAIL_BYTES:]
        text.feed(chunk)
    text.feed(b"", final=True)
    return Content(digest.hexdigest(), size, head, tail, text.valid, text.has_markup, has_archive)


def is_what_it_claims(content: Content, media_type: str) -> bool:
    """Whether the content is of that media type, and of no other one at the same time."""
    return _CHECKS[media_type](content) and not (
        content.has_archive or _ends_as_zip(content.tail) or _looks_otherwise(content.head, media_type)
    )


class _Text:
    """Whether bytes are UTF-8 without control characters, and hold what a browser may take for a page."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._seam = ""
        self.valid, self.has_markup = True, False

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        if not self.valid:
            return
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.valid = False
            return
        self.valid = not _CONTROL.search(text)
        self.has_markup = self.has_markup or bool(_MARKUP.search(self._seam + text))
        self._seam = (self._seam + text)[-_LONGEST_MARKUP:]


def _is_jpeg(content: Content) -> bool:
    return content.head.startswith(b"\xff\xd8\xff") and not _sniffs_as_page(content)


def _is_png(content: Content) -> bool:
    begins = content.head.startswith(b"\x89PNG\r\n\x1a\n") and content.head[12:16] == b"IHDR"
    return begins and not _sniffs_as_page(content)


def _is_webp(content: Content) -> bool:
    head = content.head
    begins = head.startswith(b"RIFF") and head[8:12] == b"WEBP" and head[12:16] in (b"VP8 ", b"VP8L", b"VP8X")
    return begins and not _sniffs_as_page(content)


def _is_heic(content: Content) -> bool:
    major, compatible = _brands(content.head)
    fits = major in _HEIC or (major in _HEIF and bool(compatible & _HEIC))
    return fits and not _sniffs_as_page(content)


def _is_mp4(content: Content) -> bool:
    return _brands(content.head)[0] in _MP4 and not _sniffs_as_page(content)


def _is_pdf(content: Content) -> bool:
    begins = re.match(rb"%PDF-[12]\.\d", content.head) is not None
    return begins and b"%%EOF" in content.tail[-1024:] and not _sniffs_as_page(content, pdf=False)


def _is_text(content: Content) -> bool:
    looks_like_a_page = content.has_markup or bool(_BEGINS_AS_PAGE.match(content.head))
    return content.is_text and not looks_like_a_page and not _sniffs_as_page(content)


_CHECKS: dict[str, Callable[[Content], bool]] = {
    "image/jpeg": _is_jpeg,
    "image/png": _is_png,
    "image/webp": _is_webp,
    "image/heic": _is_heic,
    "video/mp4": _is_mp4,
    PDF: _is_pdf,
    "text/plain": _is_text,
}


def _brands(head: bytes) -> tuple[bytes, set[bytes]]:
    """The major brand and the compatible ones of an ISO base media file (ISO/IEC 14496-12)."""
    if head[4:8] != b"ftyp":
        return b"", set()
    length = int.from_bytes(head[:4], "big")
    return head[8:12], {head[at : at + 4] for at in range(16, min(length, len(head)), 4)}


def _sniffs_as_page(content: Content, *, pdf: bool = True) -> bool:
    """Whether a reader that looks for a page or a PDF near the beginning would find one."""
    beginning = content.head[:_SNIFFED_BYTES]
    return bool(_MARKUP.search(beginning.decode("latin-1"))) or (pdf and b"%PDF-" in beginning)


def _ends_as_zip(tail: bytes) -> bool:
    """Whether the end is a ZIP file's, with a directory that could lie before it (APPNOTE.TXT, 4.3.16)."""
    at = tail.find(_ZIP_END)
    while at >= 0:
        if len(tail) - at >= 22:
            disk, start, here, total = struct.unpack_from("<4H", tail, at + 4)
            if disk == start and here == total:
                return True
        at = tail.find(_ZIP_END, at + 1)
    return False


def _looks_otherwise(head: bytes, media_type: str) -> bool:
    """Whether puremagic is sure of another kind of file: a tar archive, say, may begin as anything."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return False
    kin = _PDF_KIN if media_type == PDF else _KIN.get(media_type.partition("/")[0], (media_type,))
    others = (match.mime_type for match in found if match.confidence >= _SURE and match.mime_type)
    return not all(other.startswith(kin) for other in others)
