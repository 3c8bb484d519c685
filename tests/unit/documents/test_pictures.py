"""A picture that is drawn anew shows what it showed, and tells nothing else."""

import io

import pytest
from PIL import ExifTags, Image

from services.documents.rewriting.agreed import BECOMES
from services.documents.rewriting.pictures import TooLarge, redraw
from tests.support.photos import CAMERA, HEIGHT, PHOTOS, PLACE, SRGB, WIDTH, corners, enormous, opened, photo


def drawn(content: bytes, media_type: str) -> bytes:
    return redraw(io.BytesIO(content), media_type)


@pytest.mark.parametrize("media_type", PHOTOS)
def test_the_place_and_the_camera_are_gone(media_type: str):
    sent = photo(media_type)
    assert CAMERA.encode() in sent
    anew = drawn(sent, media_type)
    assert CAMERA.encode() not in anew
    picture = opened(anew)
    assert dict(picture.getexif()) == {}
    assert not {"exif", "xmp", "comment", "XML:com.adobe.xmp", "Comment"} & picture.info.keys()


@pytest.mark.parametrize("media_type", PHOTOS[:3])
def test_the_photos_of_these_tests_tell_their_place(media_type: str):
    exif = opened(photo(media_type)).getexif()
    assert exif.get_ifd(ExifTags.IFD.GPSInfo) == PLACE


@pytest.mark.parametrize("media_type", PHOTOS)
def test_it_stands_upright_for_everybody(media_type: str):
    picture = opened(drawn(photo(media_type), media_type))
    assert picture.size == (HEIGHT, WIDTH)
    assert corners(picture) == ["red", "blue"]


@pytest.mark.parametrize("media_type", PHOTOS)
def test_it_is_of_its_kind_but_a_heic_becomes_a_jpeg(media_type: str):
    assert opened(drawn(photo(media_type), media_type)).get_format_mimetype() == BECOMES[media_type]


@pytest.mark.parametrize("media_type", PHOTOS[:3])
def test_how_its_colours_are_meant_stays(media_type: str):
    assert opened(drawn(photo(media_type), media_type)).info["icc_profile"] == SRGB


@pytest.mark.parametrize("media_type", PHOTOS[:3])
@pytest.mark.parametrize(("profile", "kept"), [(bytes(128), None), (b"", None), (SRGB, SRGB)])
def test_what_says_nothing_of_its_colours_does_not_stay(media_type: str, profile: bytes, kept: bytes | None):
    anew = drawn(photo(media_type, icc_profile=profile + CAMERA.encode()), media_type)
    assert opened(anew).info.get("icc_profile") == kept
    assert CAMERA.encode() not in anew


@pytest.mark.parametrize("media_type", PHOTOS)
def test_the_same_file_becomes_the_same_again(media_type: str):
    assert drawn(photo(media_type), media_type) == drawn(photo(media_type), media_type)


@pytest.mark.parametrize(
    ("media_type", "mode"),
    [
        *(("image/jpeg", mode) for mode in ("L", "CMYK")),
        *(("image/png", mode) for mode in ("1", "L", "LA", "P", "RGBA", "I;16")),
        ("image/webp", "RGBA"),
    ],
)
def test_grey_transparent_and_printers_pictures_are_drawn_too(media_type: str, mode: str):
    if mode == "I;16":
        target = io.BytesIO()
        Image.new(mode, (WIDTH, HEIGHT), 30_000).save(target, "png")
        content = target.getvalue()
    else:
        content = photo(media_type, mode=mode)
    sent, anew = opened(content), opened(drawn(content, media_type))
    assert (anew.mode, {*anew.size}) == (sent.mode, {*sent.size})


def test_what_is_transparent_stays_so():
    sent = photo("image/png", mode="P", transparency=0)
    assert opened(drawn(sent, "image/png")).info["transparency"] == 0


def test_a_jpeg_is_encoded_as_finely_as_it_was():
    for quality in (50, 95):
        sent = photo("image/jpeg", quality=quality, subsampling=0)
        anew = opened(drawn(sent, "image/jpeg"))
        assert anew.quantization == opened(sent).quantization  # type: ignore[attr-defined]


@pytest.mark.parametrize("media_type", ["image/png", "image/webp"])
def test_of_an_animation_the_first_picture_stays(media_type: str):
    white = Image.new("RGB", (WIDTH, HEIGHT), "white")
    moving = photo(media_type, save_all=True, append_images=[white])
    assert opened(moving).n_frames == 2  # type: ignore[attr-defined]
    still = opened(drawn(moving, media_type))
    assert getattr(still, "n_frames", 1) == 1
    assert corners(still) == ["red", "blue"]


@pytest.mark.parametrize("exif", [b"Exif\0\0nonsense", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"])
def test_notes_that_make_no_sense_spoil_no_picture(exif: bytes):
    picture = opened(drawn(photo("image/jpeg", exif=exif), "image/jpeg"))
    assert picture.size == (WIDTH, HEIGHT)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_drawn():
    with pytest.raises(TooLarge):
        drawn(enormous(), "image/png")


@pytest.mark.parametrize("media_type", PHOTOS)
def test_what_is_cut_off_is_no_picture(media_type: str):
    whole = photo(media_type)
    with pytest.raises((OSError, ValueError, EOFError)):
        drawn(whole[: len(whole) - 40], media_type)
