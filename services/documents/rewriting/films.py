"""Blanks what an MP4 holds beside its pictures and sound: user data and metadata, the place among it."""

import struct
from collections.abc import Iterator

# ISO/IEC 14496-12, 8.1: what holds boxes, and where notes of the camera may lie.
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"}
_NOTES = {b"udta", b"meta", b"uuid", b"free", b"skip"}


def blank(film: bytes) -> bytes:
    """The film with its notes as empty space; nothing moves, so that all offsets in it stay good.

    Raises ValueError and struct.error for what is no row of boxes.
    """
    blanked = bytearray(film)
    for kind_at, body, end in _notes(film, 0, len(film)):
        blanked[kind_at : kind_at + 4] = b"free"
        blanked[body:end] = bytes(end - body)
    return bytes(blanked)


def _notes(film: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Where each box of notes has its kind, its body and its end."""
    at = start
    while at < end:
        size, kind = struct.unpack_from(">I4s", film, at)
        body = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", film, body)
            body += 8
        following = at + size if size else end
        if not body <= following <= end:
            raise ValueError(f"The box at {at} ends at {following}")
        if kind in _NOTES:
            yield at + 4, body, following
        elif kind in _CONTAINERS:
            yield from _notes(film, body, following)
        at = following
