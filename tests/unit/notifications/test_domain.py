"""Which mail an event leads to, who gets it, and when it is left out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.notifications import domain, streams
from services.notifications.domain import ALWAYS_WANTED, TO_PROVIDER, WITHOUT_LINK, Audience, NotSent
from services.notifications.streams import Company, Person, Portal, Provider
from shared.contracts.declare import EVENTS
from shared.contracts.documents import DocumentKind, DocumentPublished, DocumentWithdrawn
from shared.contracts.invitation import PasswordChanged, PasswordResetRequested
from shared.contracts.notifications import MailTemplate, Skipped
from shared.contracts.orders import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentScheduled,
    OrderCreated,
    OrderStatus,
)
from shared.contracts.subscriptions import SUBSCRIPTIONS
from shared.contracts.values import Language
from tests.unit.contracts.declarations import ALL_EVENTS, instances

PROVIDER_ID, CONTACT, ACCOUNT, ORDER, APPOINTMENT, DOCUMENT = (UUID(int=number) for number in range(1, 7))
NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
PROVIDER = Provider("Huber", "info@huber.example.com", None, None, Language.ENGLISH)
CUSTOMER_MAILS = sorted(set(MailTemplate) - TO_PROVIDER)
ON = Portal(active=True)


def company(email: str | None = "joerg@example.com", *, notify: bool = True) -> Company:
    return Company("Bäckerei", {CONTACT: Person("Jörg Müller", email, notify, Language.GERMAN)}, CONTACT)


def recipient(template: MailTemplate, **changes):
    known = {"contact_id": CONTACT, "provider": PROVIDER, "company": company(), "portal": ON}
    return domain.recipient(template, **known | changes)


def refusal(template: MailTemplate, **changes) -> Skipped:
    with pytest.raises(NotSent) as unsent:
        recipient(template, **changes)
    return unsent.value.reason


@for_all(st.data())
def test_an_event_leads_to_a_mail_exactly_where_notifications_subscribes_to_it(data):
    cls = data.draw(st.sampled_from(ALL_EVENTS))
    event = data.draw(instances(cls))
    if cls.type in SUBSCRIPTIONS["notifications"]:
        assert isinstance(domain.mail_about(event).template, MailTemplate)
    else:
        with pytest.raises(LookupError):
            domain.mail_about(event)


@settings(max_examples=30)
@for_all(st.data())
def test_every_template_is_the_mail_of_some_event(data):
    made = {
        domain.mail_about(data.draw(instances(EVENTS[each]))).template
        for each in SUBSCRIPTIONS["notifications"]
        if each != "document_published"
    }
    published = data.draw(instances(DocumentPublished))
    made |= {
        domain.mail_about(DocumentPublished(**vars(published) | {"kind": kind})).template
        for kind in DocumentKind
    }
    assert made == set(MailTemplate)


@pytest.mark.parametrize("event_type", [PasswordResetRequested, PasswordChanged])
def test_a_password_mail_goes_to_the_contact_or_to_the_account_of_staff(event_type):
    mail = domain.mail_about(event_type(account_id=ACCOUNT, contact_id=CONTACT))
    assert (mail.audience, mail.id) == (Audience.CONTACT, CONTACT)
    mail = domain.mail_about(event_type(account_id=ACCOUNT))
    assert domain.recipient_id(mail, None, PROVIDER_ID) == ACCOUNT


def test_a_delivery_is_the_same_for_the_same_event_recipient_and_template():
    first = domain.delivery_id_for(ORDER, CONTACT, MailTemplate.INVITATION)
    assert first == domain.delivery_id_for(ORDER, CONTACT, MailTemplate.INVITATION)
    others = [
        domain.delivery_id_for(DOCUMENT, CONTACT, MailTemplate.INVITATION),
        domain.delivery_id_for(ORDER, ACCOUNT, MailTemplate.INVITATION),
        domain.delivery_id_for(ORDER, CONTACT, MailTemplate.PASSWORD_RESET),
    ]
    assert len({first, *others}) == 4


@pytest.mark.parametrize("template", sorted(TO_PROVIDER))
def test_the_provider_gets_its_mails_in_its_language_whatever_the_portal_is(template):
    to = recipient(template, portal=None, contact_id=None)
    assert (to.email, to.language, to.name) == (PROVIDER.email, Language.ENGLISH, "")


@pytest.mark.parametrize("template", CUSTOMER_MAILS)
def test_a_customer_gets_mails_by_name_and_in_the_contacts_language(template):
    to = recipient(template)
    assert (to.email, to.language, to.name) == ("joerg@example.com", Language.GERMAN, "Jörg Müller")


@pytest.mark.parametrize("template", CUSTOMER_MAILS)
def test_without_a_contact_there_is_no_mail(template):
    assert refusal(template, contact_id=None) is Skipped.NO_MAIN_CONTACT
    assert refusal(template, contact_id=ACCOUNT) is Skipped.CONTACT_REMOVED


@pytest.mark.parametrize("template", CUSTOMER_MAILS)
def test_notification_that_is_off_holds_back_all_but_what_access_needs(template):
    if template in ALWAYS_WANTED:
        assert recipient(template, company=company(notify=False))
    else:
        assert refusal(template, company=company(notify=False)) is Skipped.NOTIFICATIONS_DISABLED


@pytest.mark.parametrize("template", CUSTOMER_MAILS)
@pytest.mark.parametrize("portal", [None, Portal(active=False)])
def test_while_the_portal_is_off_no_mail_leads_into_it(template, portal):
    if template in WITHOUT_LINK:
        assert recipient(template, portal=portal)
    else:
        assert refusal(template, portal=portal) is Skipped.PORTAL_NOT_ACTIVE


def test_the_account_of_staff_is_written_to_in_the_providers_language():
    to = recipient(MailTemplate.PASSWORD_RESET, contact_id=None, company=None, portal=None)
    assert to.language is Language.ENGLISH


scheduled = AppointmentScheduled(
    appointment_id=APPOINTMENT,
    order_id=ORDER,
    site_id=ORDER,
    starts_at=NOW,
    ends_at=NOW + timedelta(hours=2),
)
moved = AppointmentRescheduled(
    appointment_id=APPOINTMENT,
    order_id=ORDER,
    starts_at=NOW + timedelta(days=1),
    ends_at=NOW + timedelta(days=1, hours=2),
)
given_on = replace(
    moved, starts_at=scheduled.starts_at, ends_at=scheduled.ends_at, reassigned=True, technician="Ayşe"
)
cancelled = AppointmentCancelled(
    appointment_id=APPOINTMENT, order_id=ORDER, order_status=OrderStatus.CREATED, reason="krank"
)
created = OrderCreated(
    order_id=ORDER, request_id=ORDER, contact_id=CONTACT, site_id=ORDER, title="Heizung", description=""
)


@pytest.mark.parametrize(
    ("history", "event", "expected"),
    [
        ([scheduled], scheduled, False),
        ([scheduled, moved], scheduled, True),
        ([scheduled, moved], moved, False),
        ([scheduled, moved, cancelled], moved, True),
        ([scheduled, cancelled], scheduled, True),
        ([scheduled, cancelled], cancelled, False),
        ([scheduled, given_on], scheduled, True),
        ([scheduled, given_on], given_on, False),
        ([scheduled, moved, given_on], moved, True),
        ([scheduled, given_on, moved], given_on, True),
        ([scheduled, given_on, moved], moved, False),
    ],
)
def test_what_a_later_mail_corrects_is_not_sent(history, event, expected):
    order = streams.ORDER.fold([created, *history])
    assert domain.outdated(event, order=order) is expected


def test_a_document_that_was_withdrawn_is_not_announced():
    published = DocumentPublished(
        document_id=DOCUMENT,
        kind=DocumentKind.INVOICE,
        number="R-1",
        title="Wartung",
        filename="r.pdf",
        media_type="application/pdf",
        size=1,
        sha256="0" * 64,
    )
    document = streams.DOCUMENT.fold([published])
    assert not domain.outdated(published, document=document)
    document = streams.DOCUMENT.fold([DocumentWithdrawn(document_id=DOCUMENT)], document)
    assert domain.outdated(published, document=document)


def test_a_mail_is_tried_for_a_day_with_growing_delay():
    delays = [domain.retry_delay(attempt) for attempt in range(1, 40)]
    assert delays[:3] == [timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=45)]
    assert delays == sorted(delays)
    assert delays[-1] == timedelta(hours=2)
    assert not domain.too_old(NOW - timedelta(days=1), NOW)
    assert domain.too_old(NOW - timedelta(days=1, seconds=1), NOW)


@for_all(st.lists(st.sampled_from(ALL_EVENTS).flatmap(instances), max_size=6))
def test_any_history_folds(history):
    for kind in (value for value in vars(streams).values() if isinstance(value, streams.StreamType)):
        kind.fold(history)
