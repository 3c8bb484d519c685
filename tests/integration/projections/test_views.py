"""What a view makes of its rows depends on the moment at which it is looked at."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from services.portal_read.projection import PORTAL
from services.portal_read.queries import documents, overview
from services.portal_read.view import View
from shared.contracts.documents import DocumentKind, DocumentPublished
from shared.projections.engine import apply
from tests.integration.projections.histories import PROVIDER, companies, entry, recorded

OFFER = DocumentPublished(
    document_id=uuid7(),
    kind=DocumentKind.OFFER,
    number="AN-2026-017",
    title="Wärmepumpe",
    filename="Angebot.pdf",
    media_type="application/pdf",
    size=1,
    sha256="9f" * 32,
    valid_until=date(2026, 12, 31),
)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "open"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "expired"),
    ],
)
def test_an_offer_is_valid_until_its_last_day_ends_in_berlin(database: Engine, now: datetime, status: str):
    [company, *_] = owner = companies()
    with database.begin() as connection:
        apply(connection, PORTAL, recorded([entry(0, OFFER)], owner))
    with database.connect() as connection:
        view = View(connection, provider_id=PROVIDER, company_id=company, now=now)
        [seen] = documents.page(view, kind=None, cursor=None)["items"]
        assert seen.status == status
        assert overview.counts(view).open_offers == (status == "open")
