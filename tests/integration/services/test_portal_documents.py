"""Customers see the documents that are theirs, what became of the offers, and who answered."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Engine

from shared.contracts.documents import DocumentKind, DocumentWithdrawn, OfferAccepted, OfferDeclined
from tests.integration.services import belongings
from tests.integration.services.belongings import at_head, read
from tests.integration.services.publishing import ANY, claims_of, happened, publish
from tests.support.scene import Customer
from tests.support.stack import Stack

NEXT_YEAR, LAST_YEAR = date.today() + timedelta(days=365), date.today() - timedelta(days=365)


def accepted(customer: Customer, document_id: UUID, contact_id: str | None = None) -> OfferAccepted:
    contact = UUID(contact_id or claims_of(customer)["contact"])
    return OfferAccepted(document_id=document_id, contact_id=contact, number="AN-2026-017", sha256="9f" * 32)


def declined(customer: Customer, document_id: UUID) -> OfferDeclined:
    contact = UUID(claims_of(customer)["contact"])
    return OfferDeclined(
        document_id=document_id, contact_id=contact, number="AN-2026-017", reason="Zu teuer."
    )


def test_an_offer_is_shown_with_all_that_one_needs_to_answer_it(portal: Stack, staff: str, customer):
    details = {"kind": "offer", "number": "AN-2026-017", "title": "Wärmepumpe für die Backstube"}
    details |= {"total": {"amount": "12999.90", "currency": "EUR"}, "valid_until": NEXT_YEAR.isoformat()}
    document_id = belongings.publish(
        portal, staff, customer, **details, filename="Angebot.pdf", site_id=customer.site_id
    )
    [seen] = read(portal, customer, "documents", at_least=at_head(portal, staff))["items"]
    known = portal.call("documents.document", customer.token, document_id=document_id)
    only_there = ("company_id", "replaces", "replaced_by")
    assert seen == {name: each for name, each in known.items() if name not in only_there} | {
        "site_name": "Filiale Süd"
    }
    assert {name: seen[name] for name in details} == details
    assert (seen["status"], seen["answered_at"], seen["answered_by"]) == ("open", None, None)

    accepted = portal.call(
        "documents.accept_offer", customer.token, document_id=document_id, sha256=seen["sha256"]
    )
    [seen] = read(portal, customer, "documents", at_least=accepted["position"])["items"]
    answered = portal.call("documents.document", customer.token, document_id=document_id)
    assert (seen["status"], seen["answered_at"]) == ("accepted", answered["answered_at"])
    assert seen["answered_by"] == {"side": "company", "name": "Jörg Müller"}


def test_an_answered_offer_tells_who_answered_and_when(portal: Stack, portal_database: Engine, customer):
    yes, no, unknown = (publish(portal_database, customer) for _ in range(3))
    happened(portal_database, customer, ANY, yes, accepted(customer, yes))
    happened(portal_database, customer, ANY, no, declined(customer, no))
    last = happened(portal_database, customer, ANY, unknown, accepted(customer, unknown, str(uuid4())))
    seen = {each["document_id"]: each for each in read(portal, customer, "documents", at_least=last)["items"]}
    told = ("status", "answered_by", "reason")
    assert [[seen[str(each)][name] for name in told] for each in (yes, no, unknown)] == [
        ["accepted", {"side": "company", "name": "Jörg Müller"}, None],
        ["declined", {"side": "company", "name": "Jörg Müller"}, "Zu teuer."],
        ["accepted", {"side": "company", "name": None}, None],
    ]
    assert all(each["answered_at"] > each["published_at"] for each in seen.values())


def test_what_the_provider_took_back_or_replaced_is_not_shown(portal: Stack, portal_database, customer):
    gone, old, new = (publish(portal_database, customer, kind=DocumentKind.INVOICE) for _ in range(3))
    happened(portal_database, customer, ANY, gone, DocumentWithdrawn(document_id=gone))
    replaced = DocumentWithdrawn(document_id=old, replaced_by=new)
    last = happened(portal_database, customer, ANY, old, replaced)
    seen = read(portal, customer, "documents", at_least=last)["items"]
    assert [(each["document_id"], each["status"]) for each in seen] == [(str(new), "published")]


def test_the_start_page_shows_the_newest_documents_and_counts_the_offers_that_wait(
    portal: Stack, portal_database: Engine, customer: Customer
):
    kinds = [DocumentKind.SERVICE_REPORT, DocumentKind.INVOICE, *[DocumentKind.OFFER] * 5]
    made = [publish(portal_database, customer, kind=kind) for kind in kinds]
    publish(portal_database, customer, valid_until=LAST_YEAR)
    last = happened(portal_database, customer, ANY, made[-1], accepted(customer, made[-1]))
    seen = read(portal, customer, at_least=last)
    assert [each["status"] for each in seen["documents"]] == ["expired", "accepted", "open", "open", "open"]
    assert seen["counts"]["open_offers"] == 4


def test_documents_are_come_by_page_by_page_and_by_kind_the_newest_first(
    portal: Stack, portal_database: Engine, staff: str, customer: Customer
):
    kinds = list(DocumentKind) * 36
    made = [str(publish(portal_database, customer, kind=kind)) for kind in kinds]
    last, found, cursor = at_head(portal, staff), [], None
    while cursor or not found:
        page = read(portal, customer, "documents", at_least=last, cursor=cursor)
        found += [each["document_id"] for each in page["items"]]
        cursor = page["next"]
    assert found == made[::-1]
    invoices = read(portal, customer, "documents", kind="invoice")["items"]
    assert [each["document_id"] for each in invoices] == made[2::3][::-1]
    assert {each["kind"] for each in invoices} == {"invoice"}


def test_a_neighbours_documents_are_not_shown(portal: Stack, portal_database: Engine, staff: str, customer):
    publish(portal_database, portal.customer(staff))
    assert read(portal, customer, "documents", at_least=at_head(portal, staff))["items"] == []
    seen = read(portal, customer)
    assert (seen["documents"], seen["counts"]["open_offers"]) == ([], 0)
