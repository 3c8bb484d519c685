"""Which mail an event leads to, to whom it goes, whether it still makes sense, and how long it is tried."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from services.notifications.streams import (
    Appointment,
    Company,
    Document,
    Order,
    Person,
    Portal,
    Provider,
    technician_after,
)
from shared.contracts.declare import Event
from shared.contracts.documents import DocumentKind, DocumentPublished, OfferAccepted, OfferDeclined
from shared.contracts.invitation import (
    CustomerInvited,
    InvitationResent,
    PasswordChanged,
    PasswordResetRequested,
)
from shared.contracts.notifications import MailTemplate, Skipped
from shared.contracts.orders import AppointmentCancelled, AppointmentRescheduled, AppointmentScheduled
from shared.contracts.requests import RequestAccepted, RequestDeclined, RequestSubmitted, RequestWithdrawn
from shared.contracts.values import Language

GIVE_UP_AFTER = timedelta(days=1)
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=5), timedelta(hours=2)
_DELIVERIES = UUID("5b1f9c1e-0a57-5d0f-9a6c-6d2f6f0a7e31")

TO_PROVIDER = frozenset(
    {
        MailTemplate.REQUEST_SUBMITTED,
        MailTemplate.REQUEST_WITHDRAWN,
        MailTemplate.OFFER_ACCEPTED,
        MailTemplate.OFFER_DECLINED,
    }
)
# What somebody needs to get into the portal, or to learn that somebody else did, is not theirs to switch off.
ALWAYS_WANTED = frozenset(
    {MailTemplate.INVITATION, MailTemplate.PASSWORD_RESET, MailTemplate.PASSWORD_CHANGED}
)
# The only mail to customers that leads nowhere, so that it also goes out while the portal is off.
WITHOUT_LINK = frozenset({MailTemplate.PASSWORD_CHANGED})
_PUBLISHED = {
    DocumentKind.OFFER: MailTemplate.OFFER_PUBLISHED,
    DocumentKind.SERVICE_REPORT: MailTemplate.SERVICE_REPORT_PUBLISHED,
    DocumentKind.INVOICE: MailTemplate.INVOICE_PUBLISHED,
}


class NotSent(Exception):
    """There is no mail to send, for the reason given."""

    def __init__(self, reason: Skipped) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Audience(enum.Enum):
    """Whom a mail is for; a submitter is the contact who asked for the order."""

    CONTACT = enum.auto()
    SUBMITTER = enum.auto()
    MAIN_CONTACT = enum.auto()
    ACCOUNT = enum.auto()
    PROVIDER = enum.auto()


@dataclass(frozen=True)
class Mail:
    """The mail that an event leads to; `id` is the contact's, the order's or the account's."""

    template: MailTemplate
    audience: Audience
    id: UUID | None = None


@dataclass(frozen=True)
class Recipient:
    """`name` is empty for the provider's mailbox and for staff; `email` is None where there is none."""

    name: str
    email: str | None
    language: Language


def mail_about(event: Event) -> Mail:
    """The mail that an event leads to. Raises LookupError for one that leads to none."""
    match event:
        case CustomerInvited() | InvitationResent():
            return Mail(MailTemplate.INVITATION, Audience.CONTACT, event.contact_id)
        case PasswordResetRequested():
            return _to_account(MailTemplate.PASSWORD_RESET, event)
        case PasswordChanged():
            return _to_account(MailTemplate.PASSWORD_CHANGED, event)
        case RequestAccepted():
            return Mail(MailTemplate.REQUEST_ACCEPTED, Audience.CONTACT, event.contact_id)
        case RequestDeclined():
            return Mail(MailTemplate.REQUEST_DECLINED, Audience.CONTACT, event.contact_id)
        case AppointmentScheduled():
            return Mail(MailTemplate.APPOINTMENT_SCHEDULED, Audience.SUBMITTER, event.order_id)
        case AppointmentRescheduled():
            return Mail(MailTemplate.APPOINTMENT_RESCHEDULED, Audience.SUBMITTER, event.order_id)
        case AppointmentCancelled():
            return Mail(MailTemplate.APPOINTMENT_CANCELLED, Audience.SUBMITTER, event.order_id)
        case DocumentPublished():
            return Mail(_PUBLISHED[event.kind], Audience.MAIN_CONTACT)
        case RequestSubmitted():
            return Mail(MailTemplate.REQUEST_SUBMITTED, Audience.PROVIDER)
        case RequestWithdrawn():
            return Mail(MailTemplate.REQUEST_WITHDRAWN, Audience.PROVIDER)
        case OfferAccepted():
            return Mail(MailTemplate.OFFER_ACCEPTED, Audience.PROVIDER)
        case OfferDeclined():
            return Mail(MailTemplate.OFFER_DECLINED, Audience.PROVIDER)
    raise LookupError(f"{event.type} leads to no mail")


def recipient_id(mail: Mail, contact_id: UUID | None, provider_id: UUID) -> UUID:
    """What the mail's recipient is known by: the contact, the account of staff, or the provider.

    A company without a main contact has nobody who gets the mail; the provider stands for it in the ledger.
    """
    if mail.audience is Audience.ACCOUNT and mail.id is not None:
        return mail.id
    return contact_id or provider_id


def delivery_id_for(about: UUID, recipient_id: UUID, template: MailTemplate) -> UUID:
    """The one delivery of an event's mail to a recipient, however often the event arrives."""
    return uuid5(_DELIVERIES, f"{about} {recipient_id} {template}")


def recipient(
    template: MailTemplate,
    *,
    contact_id: UUID | None,
    provider: Provider,
    company: Company | None,
    portal: Portal | None,
) -> Recipient:
    """Whom the mail goes to, as things are now. Raises NotSent."""
    if template in TO_PROVIDER or company is None:
        return Recipient("", provider.email, provider.language)
    if contact_id is None:
        raise NotSent(Skipped.NO_MAIN_CONTACT)
    person = company.people.get(contact_id)
    if person is None:
        raise NotSent(Skipped.CONTACT_REMOVED)
    _must_be_wanted(template, person, portal)
    return Recipient(person.name, person.email, person.language)


def outdated(event: Event, *, order: Order | None = None, document: Document | None = None) -> bool:
    """Whether what the mail says is no longer so, and a later mail says what is."""
    match event:
        case AppointmentScheduled():
            return _planned(order, event) != Appointment(event.starts_at, event.ends_at, event.technician)
        case AppointmentRescheduled():
            planned = _planned(order, event)
            technician = technician_after(event, planned)
            return planned != Appointment(event.starts_at, event.ends_at, technician)
        case DocumentPublished():
            return document is None or document.withdrawn
    return False


def moved(before: Appointment | None, after: Appointment | None) -> bool:
    """Whether an appointment has another time than before."""
    return bool(before and after and (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at))


def too_old(happened_at: datetime, now: datetime) -> bool:
    """Whether a mail about it would help nobody any more."""
    return now - happened_at > GIVE_UP_AFTER


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 5 s, 15 s, 45 s, … up to two hours."""
    return min(FIRST_RETRY * pow(3.0, min(attempts - 1, 10)), LONGEST_RETRY)


def _planned(order: Order | None, event: AppointmentScheduled | AppointmentRescheduled) -> Appointment | None:
    return order.appointments.get(event.appointment_id) if order else None


def _to_account(template: MailTemplate, event: PasswordResetRequested | PasswordChanged) -> Mail:
    """Staff have an account and are no contact."""
    if event.contact_id is not None:
        return Mail(template, Audience.CONTACT, event.contact_id)
    return Mail(template, Audience.ACCOUNT, event.account_id)


def _must_be_wanted(template: MailTemplate, person: Person, portal: Portal | None) -> None:
    if template not in WITHOUT_LINK and not (portal and portal.active):
        raise NotSent(Skipped.PORTAL_NOT_ACTIVE)
    if template not in ALWAYS_WANTED and not person.notifications_enabled:
        raise NotSent(Skipped.NOTIFICATIONS_DISABLED)
