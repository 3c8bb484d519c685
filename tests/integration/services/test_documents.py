"""Staff publish documents; customers answer offers, and open what is theirs."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.errors import Conflict, InvalidTransition, NotFound, ValidationFailed
from shared.formats import TIME_ZONE
from shared.identity.tokens import now
from tests.integration.services.answering import at_once
from tests.integration.services.belongings import order_of, publish, submit
from tests.support.file_contents import GOOD, HTML, PDF, pdf, zipped
from tests.support.scene import Customer
from tests.support.stack import Stack

TOTAL = {"amount": "1299.90", "currency": "EUR"}


def day(offset: int = 0) -> str:
    return (now().astimezone(TIME_ZONE).date() + timedelta(days=offset)).isoformat()


def offer(**details: Any) -> dict[str, Any]:
    """What an offer needs, under a number of its own."""
    return {"kind": "offer", "number": f"A-{uuid4()}", "total": TOTAL, "valid_until": day(14)} | details


def sha256_of(portal: Stack, staff: str, document_id: str) -> str:
    return str(portal.call("documents.document", staff, document_id=document_id)["sha256"])


def accept(portal: Stack, staff: str, customer: Customer, document_id: str) -> Any:
    sha256 = sha256_of(portal, staff, document_id)
    return portal.call("documents.accept_offer", customer.token, document_id=document_id, sha256=sha256)


def test_what_would_be_published_can_be_checked_and_is_not_published_by_that(
    portal: Stack, staff: str, customer: Customer
):
    first = publish(portal, staff, customer, **offer(number="A-1"))
    sha256 = portal.upload(staff, customer.company_id, pdf("next"))
    details = {"company_id": customer.company_id, "title": "Neue Pumpe", "filename": "Angebot"}
    check = partial(portal.call, "documents.check_publish", staff, sha256=sha256, **details)
    for _ in range(2):
        checked = check(replaces=first, **offer(number="A-2"))
        assert checked == {"filename": "Angebot.pdf", "size": len(pdf("next"))}
    with pytest.raises(Conflict):
        check(**offer(number="A-1"))
    with pytest.raises(ValidationFailed):
        check(**offer(valid_until=day(-1)))
    [listed] = portal.call("documents.documents", staff)["items"]
    assert (listed["document_id"], listed["status"]) == (first, "open")


def test_a_document_is_shown_as_it_was_published(portal: Stack, staff: str, customer: Customer):
    request_id = submit(portal, customer)
    portal.call("requests.accept", staff, request_id=request_id)
    order_id = order_of(portal, staff, request_id)
    details = offer(title="Angebot für Öl-Wärme", site_id=customer.site_id, order_id=order_id)
    document_id = publish(portal, staff, customer, filename="Angebot Müller.pdf", **details)
    seen = portal.call("documents.document", customer.token, document_id=document_id)
    assert seen == portal.call("documents.document", staff, document_id=document_id)
    assert {name: seen[name] for name in details} == details
    assert (seen["filename"], seen["media_type"], seen["size"]) == (
        "Angebot Müller.pdf",
        "application/pdf",
        len(PDF),
    )
    assert (seen["status"], seen["answered_at"], seen["replaced_by"]) == ("open", None, None)
    for token in (customer.token, staff):
        file = portal.call("documents.file", token, document_id=document_id)
        assert b"".join(portal.files.chunks(file["location"])) == PDF


@pytest.mark.parametrize(
    ("details", "fields"),
    [
        ({"kind": "offer"}, {"total", "valid_until"}),
        ({"kind": "offer", "total": TOTAL}, {"valid_until"}),
        ({"kind": "offer", "total": TOTAL, "valid_until": day(-1)}, {"valid_until"}),
        ({"kind": "invoice"}, {"total"}),
        ({"kind": "invoice", "total": TOTAL, "valid_until": day(3)}, {"valid_until"}),
        ({"kind": "letter"}, {"kind"}),
        ({"sha256": "0" * 64}, {"sha256"}),
        ({"sha256": "nonsense"}, {"sha256"}),
        ({"filename": "../Bericht.pdf"}, {"filename"}),
    ],
)
def test_what_is_wrong_with_a_document_is_said_of_its_field(
    portal: Stack, staff: str, customer: Customer, details, fields
):
    with pytest.raises(ValidationFailed) as refused:
        publish(portal, staff, customer, **details)
    assert refused.value.fields.keys() == fields
    assert portal.call("documents.documents", staff)["items"] == []


@pytest.mark.parametrize("content", [GOOD["image/png"], HTML, zipped(PDF)])
def test_only_a_pdf_is_published(portal: Stack, staff: str, customer: Customer, content: bytes):
    with pytest.raises(ValidationFailed) as refused:
        publish(portal, staff, customer, content)
    assert refused.value.fields.keys() == {"sha256"}


def test_a_file_uploaded_for_another_company_is_not_published(portal: Stack, staff: str, customer: Customer):
    sha256 = portal.upload(staff, portal.customer(staff).company_id, pdf("secret"))
    with pytest.raises(ValidationFailed) as refused:
        publish(portal, staff, customer, sha256=sha256)
    assert refused.value.fields.keys() == {"sha256"}


def test_site_order_and_replaced_document_must_be_the_companys(portal: Stack, staff: str, customer: Customer):
    neighbour = portal.customer(staff)
    theirs = publish(portal, staff, neighbour)
    for details in ({"site_id": neighbour.site_id}, {"replaces": theirs}):
        with pytest.raises(NotFound):
            publish(portal, staff, customer, number="SB-2", **details)


def test_a_number_is_given_once_per_provider_and_kind(portal: Stack, staff: str, customer: Customer):
    # More would be told to wait: a process looks at so many files at once.
    made = at_once([lambda: publish(portal, staff, customer, number="R-1")] * 4)
    assert [type(each) for each in made if not isinstance(each, str)] == [Conflict] * 3
    invoice = {"kind": "invoice", "total": TOTAL, "number": "R-1"}
    publish(portal, staff, customer, **invoice)
    with pytest.raises(Conflict):
        publish(portal, staff, portal.customer(staff), **invoice)
    elsewhere = portal.provider("Maier Kältetechnik")
    publish(portal, elsewhere, portal.customer(elsewhere), **invoice)


def test_an_offer_is_accepted_with_the_content_that_was_read(portal: Stack, staff: str, customer: Customer):
    document_id = publish(portal, staff, customer, **offer())
    with pytest.raises(Conflict):
        portal.call("documents.accept_offer", customer.token, document_id=document_id, sha256="0" * 64)
    accept(portal, staff, customer, document_id)
    seen = portal.call("documents.document", staff, document_id=document_id)
    company = portal.call("customers.company", staff, company_id=customer.company_id)
    assert (seen["status"], seen["answered_by"]) == ("accepted", company["main_contact_id"])
    assert seen["answered_at"] > seen["published_at"]
    assert portal.call("documents.file", customer.token, document_id=document_id)["size"] == len(PDF)
    for again in (
        lambda: accept(portal, staff, customer, document_id),
        lambda: portal.call("documents.decline_offer", customer.token, document_id=document_id),
        lambda: portal.call("documents.withdraw", staff, document_id=document_id),
        lambda: publish(portal, staff, customer, **offer(replaces=document_id)),
    ):
        with pytest.raises(InvalidTransition) as refused:
            again()
        assert refused.value.details == {"status": "accepted"}


def test_an_offer_is_declined_with_or_without_a_reason(portal: Stack, staff: str, customer: Customer):
    for reason in (None, "Zu teuer.\nLeider."):
        document_id = publish(portal, staff, customer, **offer())
        portal.call("documents.decline_offer", customer.token, document_id=document_id, reason=reason)
        seen = portal.call("documents.document", customer.token, document_id=document_id)
        assert (seen["status"], seen["reason"]) == ("declined", reason)


def test_of_two_answers_at_once_exactly_one_counts(portal: Stack, staff: str, customer: Customer):
    for _ in range(4):
        document_id = publish(portal, staff, customer, **offer())
        results = at_once(
            [
                lambda: accept(portal, staff, customer, document_id),  # noqa: B023
                lambda: portal.call("documents.decline_offer", customer.token, document_id=document_id),  # noqa: B023
                lambda: publish(portal, staff, customer, **offer(replaces=document_id)),  # noqa: B023
            ]
        )
        refusals = [each for each in results if isinstance(each, Exception)]
        status = portal.call("documents.document", staff, document_id=document_id)["status"]
        assert all(isinstance(each, InvalidTransition | Conflict) for each in refusals)
        # Declined first, it may still be replaced.
        assert len(refusals) == 2 or (len(refusals) == 1 and status == "replaced")


def test_what_is_no_offer_gets_no_answer(portal: Stack, staff: str, customer: Customer):
    document_id = publish(portal, staff, customer)
    with pytest.raises(InvalidTransition):
        accept(portal, staff, customer, document_id)
    with pytest.raises(InvalidTransition):
        portal.call("documents.decline_offer", customer.token, document_id=document_id)


def test_a_withdrawn_document_is_closed_to_its_customer_and_open_to_staff(
    portal: Stack, staff: str, customer: Customer
):
    document_id = publish(portal, staff, customer, **offer())
    portal.call("documents.withdraw", staff, document_id=document_id)
    assert portal.call("documents.document", customer.token, document_id=document_id)["status"] == "withdrawn"
    assert portal.call("documents.file", staff, document_id=document_id)["filename"] == "Bericht.pdf"
    with pytest.raises(NotFound) as gone:
        portal.call("documents.file", customer.token, document_id=document_id)
    with pytest.raises(NotFound) as unknown:
        portal.call("documents.file", customer.token, document_id=str(uuid4()))
    assert (gone.value.message, gone.value.details) == (unknown.value.message, unknown.value.details)
    for again in (
        lambda: accept(portal, staff, customer, document_id),
        lambda: portal.call("documents.withdraw", staff, document_id=document_id),
        lambda: publish(portal, staff, customer, **offer(replaces=document_id)),
    ):
        with pytest.raises(InvalidTransition):
            again()


def test_a_corrected_document_takes_the_place_of_the_old_one(portal: Stack, staff: str, customer: Customer):
    old = publish(portal, staff, customer, **offer())
    new = publish(portal, staff, customer, pdf("corrected"), **offer(replaces=old))
    seen = portal.call("documents.document", customer.token, document_id=old)
    assert (seen["status"], seen["replaced_by"]) == ("replaced", new)
    assert portal.call("documents.document", customer.token, document_id=new)["replaces"] == old
    with pytest.raises(NotFound):
        portal.call("documents.file", customer.token, document_id=old)
    accept(portal, staff, customer, new)
    with pytest.raises(ValidationFailed) as refused:
        publish(portal, staff, customer, replaces=publish(portal, staff, customer, **offer()))
    assert refused.value.fields.keys() == {"replaces"}


def test_documents_are_come_by_page_by_page_newest_first_and_by_kind(
    portal: Stack, staff: str, customer: Customer
):
    neighbour = portal.customer(staff)
    other = publish(portal, staff, neighbour, number="N-1")
    made = [publish(portal, staff, customer, number=f"S-{number}") for number in range(51)]
    invoice = publish(portal, staff, customer, kind="invoice", number="R-1", total=TOTAL)

    def listed(token: str, **arguments: Any) -> list[str]:
        ids, cursor = [], None
        while True:
            page = portal.call("documents.documents", token, cursor=cursor, **arguments)
            ids += [each["document_id"] for each in page["items"]]
            if (cursor := page["next"]) is None:
                return ids

    own = [invoice, *reversed(made)]
    assert listed(customer.token) == listed(customer.token, company_id=customer.company_id) == own
    assert listed(staff) == [*own, other]
    assert listed(staff, company_id=neighbour.company_id) == listed(neighbour.token) == [other]
    assert listed(staff, kind="invoice") == [invoice]
    assert listed(neighbour.token, kind="invoice") == []
