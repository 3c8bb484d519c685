"""A file is what its content says, and nothing else at the same time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents.content import Content, is_what_it_claims, read
from shared.contracts.documents import MEDIA_TYPES
from tests.support.file_contents import GOOD, HTML, PDF, SVG, TEXT, tarred, zipped

SEVEN_ZIP, RAR = b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01\x00"


def seen(content: bytes, *, chunk: int = 1024) -> Content:
    return read(content[at : at + chunk] for at in range(0, len(content), chunk))


def is_accepted(content: bytes, media_type: str) -> bool:
    return is_what_it_claims(seen(content), media_type)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_each_kind_is_accepted_as_itself_and_as_no_other(media_type: str):
    accepted = {name for name, content in GOOD.items() if is_accepted(content, media_type)}
    assert accepted == {media_type}


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("added", [zipped(), zipped(comment=b"x" * 60_000), SEVEN_ZIP, RAR])
def test_an_archive_behind_another_file_is_found(media_type: str, added: bytes):
    assert not is_accepted(GOOD[media_type] + added, media_type)
    assert not is_accepted(GOOD[media_type] + b"\n" * 3_000_000 + added, media_type)


@pytest.mark.parametrize("name", ["%PDF-1.4\n", "Grüße"])
@pytest.mark.parametrize("media_type", ["application/pdf", "text/plain"])
def test_a_tar_archive_that_begins_as_another_file_is_found(name: str, media_type: str):
    assert not is_accepted(tarred(name) + b"\n%%EOF", media_type)


@pytest.mark.parametrize(
    "content", [HTML, SVG, b"<a href=x>", b"\xef\xbb\xbf  <b>", b"text <SCRIPT src=x>", b"<!-- x"]
)
def test_a_text_that_browsers_may_take_for_a_page_is_none(content: bytes):
    assert not is_accepted(content, "text/plain")
    assert not is_accepted(TEXT + b"\n" * 5_000 + HTML, "text/plain")


@pytest.mark.parametrize(
    "text", ["3 < 5 und 7 > 2", "<- bitte hier", "Zeile\r\n\tZeile", "ÄÖÜ ß € 🛢", "\ufeffmit BOM"]
)
def test_a_text_may_hold_what_people_write(text: str):
    assert is_accepted(text.encode(), "text/plain")


@pytest.mark.parametrize(
    "content", [b"a\0b", b"\x1b[31m", "\x85".encode(), b"\xff\xfea\0", "ü".encode("latin-1"), b"\xc3"]
)
def test_a_text_is_utf_8_without_control_characters(content: bytes):
    assert not is_accepted(content, "text/plain")


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp", "image/heic", "video/mp4"])
@pytest.mark.parametrize("inside", [b"<html>", b"<script>", b"<!DOCTYPE html>", PDF])
def test_a_picture_or_film_that_a_reader_may_take_for_a_page_is_none(media_type: str, inside: bytes):
    content = GOOD[media_type]
    assert not is_accepted(content[:40] + inside + content[40:], media_type)


@pytest.mark.parametrize("content", [b"x" + PDF, b"%PDF-1.4 without an end", b"%PDF-x.y" + PDF[8:]])
def test_a_pdf_begins_and_ends_as_one(content: bytes):
    assert not is_accepted(content, "application/pdf")


@given(
    content=st.sampled_from([*GOOD.values(), HTML, SVG, zipped(PDF), TEXT + RAR]), chunk=st.integers(1, 100)
)
def test_it_makes_no_difference_how_a_file_is_cut_into_chunks(content: bytes, chunk: int):
    cut, whole = seen(content, chunk=chunk), read([content])
    assert cut == whole


@given(content=st.binary(max_size=300))
def test_no_bytes_can_make_the_look_at_them_fail(content: bytes):
    for media_type in MEDIA_TYPES:
        is_accepted(content, media_type)
