"""A film loses what the camera noted beside it, and nothing in it moves."""

import struct

import pytest

from services.documents.rewriting.films import blank
from tests.support.file_contents import MP4
from tests.support.photos import CAMERA, FILM_PLACE, box, film


def test_the_place_and_the_camera_are_gone():
    assert FILM_PLACE in film()
    assert CAMERA.encode() in film()
    blanked = blank(film())
    for told in (FILM_PLACE, CAMERA.encode(), b"udta", b"meta", b"location", b"xyz"):
        assert told not in blanked


def test_all_else_stays_where_it_was():
    sent, blanked = film(), blank(film())
    assert len(blanked) == len(sent)
    for kind in (b"ftyp", b"moov", b"mvhd", b"trak", b"tkhd", b"mdat", b"sound"):
        assert blanked.index(kind) == sent.index(kind)
    assert blank(MP4) == MP4


@pytest.mark.parametrize(
    "notes",
    [
        struct.pack(">I4sQ", 1, b"udta", 16 + len(FILM_PLACE)) + FILM_PLACE,
        struct.pack(">I4s", 0, b"udta") + FILM_PLACE,
        box(b"free", FILM_PLACE),
        box(b"uuid", bytes(16), FILM_PLACE),
        box(b"moof", box(b"traf", box(b"meta", FILM_PLACE))),
        box(b"XMP_", FILM_PLACE),
        box(b"moov", box(b"gps ", FILM_PLACE)),
        box(b"moov", box(b"trak", box(b"edts", box(b"udta", FILM_PLACE)))),
        box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"gps ", FILM_PLACE)))))),
        # What showing a film takes in another place is notes in this one.
        box(b"moov", box(b"mdat", FILM_PLACE)),
    ],
)
def test_notes_are_found_however_they_are_held(notes: bytes):
    blanked = blank(MP4 + notes)
    assert FILM_PLACE not in blanked
    assert len(blanked) == len(MP4 + notes)


@pytest.mark.parametrize(
    "end", [b"abc", box(b"moov", b"abc"), struct.pack(">I4s", 4, b"udta"), box(b"mdat", bytes(90))[:-1]]
)
def test_what_is_no_row_of_boxes_is_damaged(end: bytes):
    with pytest.raises((ValueError, struct.error)):
        blank(MP4 + end)
