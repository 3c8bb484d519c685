"""Blanks what an MP4 holds beside its pictures and sound, such as the place where it was taken."""

import struct
from collections.abc import Iterator

_FILE = b""
# ISO/IEC 14496-12, table 1: what showing a film takes, by what holds it. All else may be notes of the camera.
_KEPT = {
    _FILE: b"ftyp styp pdin sidx ssix moov moof mdat mfra",
    b"moov": b"mvhd iods trak mvex",
    b"trak": b"tkhd tref trgr edts mdia",
    b"edts": b"elst",
    b"mdia": b"mdhd hdlr elng minf",
    b"minf": b"vmhd smhd hmhd sthd nmhd gmhd hdlr dinf stbl",
    b"dinf": b"dref",
    b"stbl": b"stsd stts ctts cslg stsc stsz stz2 stco co64 stss stsh stdp sdtp padb "
    b"sbgp sgpd subs saiz saio",
    b"mvex": b"mehd trex leva",
    b"moof": b"mfhd traf",
    b"traf": b"tfhd tfdt trun sdtp sbgp sgpd subs saiz saio",
    b"mfra": b"tfra mfro",
}
_STAYS = {holder: kinds.split() for holder, kinds in _KEPT.items()}


def blank(film: bytes) -> bytes:
    """The film with its notes as empty space; nothing moves, so that all offsets in it stay good.

    Raises ValueError and struct.error for what is no row of boxes.
    """
    blanked = bytearray(film)
    for kind_at, body, end in _notes(film, _FILE, 0, len(film)):
        blanked[kind_at : kind_at + 4] = b"free"
        blanked[body:end] = bytes(end - body)
    return bytes(blanked)


def _notes(film: bytes, holder: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
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
        if kind not in _STAYS[holder]:
            yield at + 4, body, following
        elif kind in _STAYS:
            yield from _notes(film, kind, body, following)
        at = following
