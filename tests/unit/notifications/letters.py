"""Letters of every template, with values that tests can look for, or hostile ones."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.notifications.domain import TO_PROVIDER
from services.notifications.mails import Letter
from services.notifications.streams import (
    Appointment,
    Company,
    Document,
    Order,
    Provider,
    Request,
    Site,
)
from shared.contracts.notifications import MailTemplate
from shared.contracts.values import Language, Money

LINK = "https://portal.example.com/requests/1"
FIRST = Appointment(datetime(2027, 1, 12, 7, tzinfo=UTC), datetime(2027, 1, 12, 9, tzinfo=UTC), None)
SECOND = Appointment(datetime(2027, 7, 13, 7, tzinfo=UTC), datetime(2027, 7, 13, 9, tzinfo=UTC), None)
ONE, TWO, THREE = (UUID(int=number) for number in range(1, 4))


def letter(
    template: MailTemplate,
    language: Language = Language.GERMAN,
    *,
    said: str = "Heizung wird nicht warm",
    name: str = "Jörg Müller",
    provider_name: str = "Huber Heizungsbau GmbH",
) -> Letter:
    """A letter; `said` stands wherever people write what they like."""
    provider = Provider(provider_name, "info@huber.example.com", "+49 89 1", "Weg 1, München", language)
    values: dict[str, Any] = {
        "provider": provider,
        "link": LINK,
        "request": Request(ONE, "A-2026-00042", TWO, THREE, said, said),
        "order": Order(ONE, TWO, THREE, said),
        "document": Document("AN-17", said, Money(amount=Decimal("1299.90")), date(2027, 2, 28)),
        "site": Site(said, said),
        "company": Company(said),
        "appointment": replace(SECOND, technician=said),
        "before": FIRST,
        "moved": True,
        "reassigned": True,
        "person": said,
        "note": said,
        "reason": said,
        "expires_at": datetime(2027, 3, 1, 12, tzinfo=UTC),
        "changed_at": datetime(2027, 3, 1, 12, 5, tzinfo=UTC),
    }
    to_provider = template in TO_PROVIDER
    return Letter(
        template=template,
        language=language,
        to_name="" if to_provider else name,
        to_email="someone@example.com",
        provider_name=provider_name,
        reply_to=None if to_provider else provider.email,
        values=values,
    )
