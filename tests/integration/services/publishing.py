"""Documents as the log holds them once staff have published them and customers have answered."""

from typing import Any
from uuid import UUID, uuid4

import jwt
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from shared.contracts.declare import Event
from shared.contracts.documents import DocumentKind, DocumentPublished
from shared.contracts.stream import StreamType
from shared.eventlog.log import Origin
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.support.scene import Customer

ANY: StreamType[Event] = StreamType("document", lambda _, event: event)


def publish(engine: Engine, customer: Customer, **details: Any) -> UUID:
    """Publish a document, an offer if not told otherwise; its id."""
    document_id = uuid7()
    happened(engine, customer, ANY, document_id, published(document_id, **details))
    return document_id


def published(document_id: UUID, **details: Any) -> DocumentPublished:
    offer = {
        "kind": DocumentKind.OFFER,
        "number": "AN-2026-017",
        "title": "Wärmepumpe für die Backstube",
        "filename": "Angebot-2026-017.pdf",
        "media_type": "application/pdf",
        "size": 48_213,
        "sha256": "9f" * 32,
    }
    return DocumentPublished(document_id=document_id, **offer | details)


def happened(
    engine: Engine, customer: Customer, kind: StreamType[Any], stream_id: UUID, *events: Event
) -> str:
    """Append events to a stream of the customer's company; the position after them."""
    claims = claims_of(customer)
    scope = Scope(UUID(claims["provider"]), UUID(claims["company"]))
    with unit_of_work(engine, scope) as unit:
        owner = {"provider_id": scope.provider_id, "company_id": scope.company_id}
        stream = unit.find(kind, stream_id) or unit.new(kind, stream_id, **owner)
        stream.create(lambda: events)
        return str(unit.commit(Origin(uuid4(), uuid4(), {"kind": "staff"})))


def claims_of(customer: Customer) -> dict[str, Any]:
    """Who the customer is, as their token says."""
    claims: dict[str, Any] = jwt.decode(customer.token, options={"verify_signature": False})
    return claims
