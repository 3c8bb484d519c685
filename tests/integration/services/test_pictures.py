"""Pictures and films of customers are kept as they are written anew, without the place."""

from typing import Any

import pytest

from shared.contracts.errors import Unavailable, ValidationFailed
from tests.integration.services.answering import at_once
from tests.integration.services.belongings import at_head, attach, submit
from tests.support.photos import (
    CAMERA,
    FILM_PLACE,
    HEIGHT,
    PHOTOS,
    WIDTH,
    enormous,
    film,
    opened,
    photo,
)
from tests.support.scene import Customer
from tests.support.stack import Stack


def kept(portal: Stack, token: str, attachment_id: str) -> tuple[dict[str, Any], bytes]:
    """What is known of an attachment, and its content."""
    file = portal.call("documents.attachment", token, attachment_id=attachment_id)
    return file, b"".join(portal.files.chunks(file["location"]))


def refused_fields(portal: Stack, customer: Customer, content: bytes, **details: Any) -> set[str]:
    with pytest.raises(ValidationFailed) as refused:
        attach(portal, customer, content, **details)
    return set(refused.value.fields)


@pytest.mark.parametrize("media_type", PHOTOS)
def test_nobody_reads_where_a_photo_was_taken(portal: Stack, staff: str, customer: Customer, media_type: str):
    sent = photo(media_type)
    attachment_id = attach(portal, customer, sent, media_type=media_type, filename="Therme")
    for token in (customer.token, staff):
        file, content = kept(portal, token, attachment_id)
        assert file["size"] == len(content)
        assert CAMERA.encode() in sent
        assert CAMERA.encode() not in content
        assert dict(opened(content).getexif()) == {}
        assert opened(content).size == (HEIGHT, WIDTH)
        assert opened(content).get_format_mimetype() == file["media_type"]


def test_nobody_reads_where_a_film_was_taken(portal: Stack, customer: Customer):
    attachment_id = attach(portal, customer, film(), media_type="video/mp4", filename="Brenner.mp4")
    file, content = kept(portal, customer.token, attachment_id)
    assert (file["media_type"], file["size"]) == ("video/mp4", len(film()))
    assert FILM_PLACE not in content


def test_a_heic_becomes_a_jpeg_that_everybody_can_look_at(portal: Stack, staff: str, customer: Customer):
    attachment_id = attach(
        portal, customer, photo("image/heic"), media_type="image/heic", filename="IMG_0815.HEIC"
    )
    file, _ = kept(portal, staff, attachment_id)
    assert (file["filename"], file["media_type"]) == ("IMG_0815.jpg", "image/jpeg")
    request_id = submit(portal, customer, attachment_ids=[attachment_id])
    there = {"request_id": request_id, "at_least": at_head(portal, staff)}
    [seen] = portal.call("portal_read.request", customer.token, **there)["attachments"]
    assert (seen["filename"], seen["media_type"]) == ("IMG_0815.jpg", "image/jpeg")


def test_the_same_photo_sent_again_is_the_same_file(portal: Stack, customer: Customer):
    sent = {"media_type": "image/jpeg", "filename": "Therme.jpg"}
    first, second = (attach(portal, customer, photo("image/jpeg"), **sent) for _ in range(2))
    assert first != second
    assert kept(portal, customer.token, first) == kept(portal, customer.token, second)


def test_what_is_kept_can_be_sent_again(portal: Stack, customer: Customer):
    sent = {"media_type": "image/jpeg", "filename": "Therme.jpg"}
    _, content = kept(portal, customer.token, attach(portal, customer, photo("image/jpeg"), **sent))
    assert opened(kept(portal, customer.token, attach(portal, customer, content, **sent))[1]).size == (
        HEIGHT,
        WIDTH,
    )


@pytest.mark.parametrize("media_type", [*PHOTOS, "video/mp4"])
def test_what_is_damaged_is_called_so(portal: Stack, customer: Customer, media_type: str):
    whole = film() if media_type == "video/mp4" else photo(media_type)
    cut = whole[: len(whole) - 40]
    assert refused_fields(portal, customer, cut, media_type=media_type) == {"sha256"}


def test_a_picture_of_too_many_pixels_is_called_so(portal: Stack, customer: Customer):
    assert refused_fields(portal, customer, enormous(), media_type="image/png") == {"size"}


def test_of_many_photos_at_once_each_is_taken_or_told_to_come_again(portal: Stack, customer: Customer):
    sent = {"media_type": "image/jpeg", "filename": "Therme.jpg"}
    photos = [photo("image/jpeg", quality=quality) for quality in range(60, 72)]
    answers = at_once([lambda each=each: attach(portal, customer, each, **sent) for each in photos])
    taken = [answer for answer in answers if isinstance(answer, str)]
    assert taken
    assert all(isinstance(answer, str | Unavailable) for answer in answers)
    assert attach(portal, customer, photos[0], **sent)
