"""Customers make attachments of what was uploaded for them, if it is what it claims to be."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.documents import FILE_BYTES
from shared.contracts.errors import NotFound, PortalError, Unavailable, ValidationFailed
from shared.files.location import Owner
from tests.integration.services.answering import at_once
from tests.integration.services.belongings import attach, publish
from tests.support.file_contents import GOOD, HTML, PDF, SVG, TEXT, pdf, tarred, zipped
from tests.support.photos import photo
from tests.support.scene import Customer
from tests.support.stack import Stack
from tests.support.waiting import wait_until


def refused_fields(portal: Stack, customer: Customer, content: bytes = PDF, **details: Any) -> set[str]:
    with pytest.raises(ValidationFailed) as refused:
        attach(portal, customer, content, **details)
    return set(refused.value.fields)


@pytest.mark.parametrize("media_type", ["application/pdf", "text/plain", "video/mp4"])
def test_customer_and_staff_read_what_was_attached(
    portal: Stack, staff: str, customer: Customer, media_type: str
):
    content = GOOD[media_type]
    attachment_id = attach(portal, customer, content, media_type=media_type, filename="Müller & Söhne")
    for token in (customer.token, staff):
        file = portal.call("documents.attachment", token, attachment_id=attachment_id)
        assert (file["media_type"], file["size"]) == (media_type, len(content))
        assert file["filename"].startswith("Müller & Söhne.")
        assert b"".join(portal.files.chunks(file["location"])) == content


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"sha256": "../../etc/passwd"}, "sha256"),
        ({"size": len(PDF) + 1}, "size"),
        ({"size": 0}, "size"),
        ({"size": FILE_BYTES + 1}, "size"),
        ({"media_type": "image/svg+xml"}, "media_type"),
        ({"media_type": "image/png"}, "media_type"),
        ({"filename": "a/b.pdf"}, "filename"),
        ({"filename": "..\\b.pdf"}, "filename"),
        ({"filename": ".."}, "filename"),
        ({"filename": "Rechnung\u202efdp.exe"}, "filename"),
        ({"filename": "Rechnung\u200f.pdf"}, "filename"),
        ({"filename": "Zeile\n2.pdf"}, "filename"),
        ({"filename": "\u200b.pdf"}, "filename"),
        ({"filename": ".\u3164.\u200b.pdf"}, "filename"),
        ({"filename": "x" * 201}, "filename"),
    ],
)
def test_what_is_wrong_with_an_attachment_is_said_of_its_field(
    portal: Stack, customer: Customer, details, field: str
):
    assert refused_fields(portal, customer, **details) == {field}


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/pdf", zipped(PDF)),
        ("application/pdf", zipped()),
        ("image/jpeg", zipped(GOOD["image/jpeg"])),
        ("application/pdf", tarred("%PDF-1.4\n") + b"%%EOF"),
        ("text/plain", HTML),
        ("text/plain", TEXT + HTML),
        ("text/plain", SVG),
        ("text/plain", GOOD["image/png"]),
    ],
)
def test_what_is_something_else_or_two_things_at_once_is_refused(
    portal: Stack, customer: Customer, media_type: str, content: bytes
):
    assert refused_fields(portal, customer, content, media_type=media_type) == {"media_type"}


def test_a_hash_gives_no_access_to_a_file_of_another_company(portal: Stack, staff: str, customer: Customer):
    elsewhere = portal.customer(portal.provider("Maier Kältetechnik"))
    for owner, other in ((customer, portal.customer(staff)), (customer, elsewhere)):
        sha256 = portal.upload(owner.token, owner.company_id, pdf("private"))
        with pytest.raises(ValidationFailed) as refused:
            portal.call(
                "documents.store_attachment",
                other.token,
                filename="x.pdf",
                media_type="application/pdf",
                size=len(pdf("private")),
                sha256=sha256,
            )
        assert refused.value.fields.keys() == {"sha256"}


def test_bytes_that_do_not_have_the_hash_they_lie_under_are_refused(
    portal: Stack, customer: Customer, tmp_path
):
    provider_id = portal.call("customers.provider", customer.token)["provider_id"]
    sha256 = portal.upload(customer.token, customer.company_id, pdf("true"))
    location = Owner(UUID(provider_id), UUID(customer.company_id)).location(sha256)
    with open(f"{portal.files_url.removeprefix('file://')}/{location}", "wb") as file:
        file.write(pdf("fake"))
    assert refused_fields(portal, customer, pdf("other"), sha256=sha256) == {"sha256"}


def test_a_withheld_attachment_reads_as_an_unknown_one(portal: Stack, staff: str, customer: Customer):
    attachment_id = attach(portal, customer)
    for token, each in (
        (portal.customer(staff).token, attachment_id),
        (portal.provider("Maier Kältetechnik"), attachment_id),
        (customer.token, str(uuid4())),
    ):
        with pytest.raises(NotFound):
            portal.call("documents.attachment", token, attachment_id=each)


def test_of_many_files_at_once_some_are_told_to_come_again_and_then_taken(portal: Stack, customer: Customer):
    content = "Grüße\n".encode() * (1024 * 1024)
    send = partial(attach, portal, customer, content, media_type="text/plain", filename="Protokoll.txt")
    answers = at_once([send] * 20)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert 0 < len(refused) < len(answers)
    assert not [answer for answer in answers if isinstance(answer, PortalError) and answer not in refused]
    assert send()


def in_time(send: Callable[[], str]) -> str | None:
    """The attachment's id, or None where there is no time just now."""
    try:
        return send()
    except Unavailable:
        return None


def test_a_company_that_sends_large_pictures_at_once_keeps_nobody_else_waiting(
    portal: Stack, staff: str, customer: Customer
):
    large, other = photo("image/png", size=(5_000, 5_000)), portal.customer(staff)
    send = partial(attach, portal, customer, large, media_type="image/png")
    with ThreadPoolExecutor(8) as threads:
        sent = [threads.submit(send) for _ in range(8)]
        wait_until(lambda: sum(map(Future.done, sent)) >= 7, what="one is drawn, the others are answered")
        assert attach(portal, other, TEXT, media_type="text/plain")
        assert publish(portal, staff, other)
        small = partial(attach, portal, other, photo("image/jpeg"), media_type="image/jpeg")
        wait_until(partial(in_time, small), what="the picture at hand is drawn, and the other one's is next")
    refused = [each.exception() for each in sent if each.exception()]
    assert {type(each) for each in refused} == {Unavailable}
    assert len(refused) < len(sent)
    assert wait_until(partial(in_time, send), what="the next large one is drawn")
