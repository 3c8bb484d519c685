"""What `notifications` publishes and answers: the mails that it sends, and what became of each."""

import enum
from datetime import datetime
from uuid import UUID

from shared.contracts.declare import Event, event, message
from shared.contracts.values import Listing, Page


class MailTemplate(enum.StrEnum):
    """What a mail says; the first eleven go to customers, the last four to the provider."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    REQUEST_ACCEPTED = "request_accepted"
    REQUEST_DECLINED = "request_declined"
    APPOINTMENT_SCHEDULED = "appointment_scheduled"
    APPOINTMENT_RESCHEDULED = "appointment_rescheduled"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    OFFER_PUBLISHED = "offer_published"
    SERVICE_REPORT_PUBLISHED = "service_report_published"
    INVOICE_PUBLISHED = "invoice_published"
    REQUEST_SUBMITTED = "request_submitted"
    REQUEST_WITHDRAWN = "request_withdrawn"
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_DECLINED = "offer_declined"


class DeliveryState(enum.StrEnum):
    """`queued` mails are still tried, `failed` ones were given up, `skipped` ones were never meant to go.

    `sending` is with the mail server or, after a crash, may have been; it is tried again.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Skipped(enum.StrEnum):
    """Why a mail was not sent at all: the `error` of a skipped delivery."""

    TOO_OLD = "too_old"
    OUTDATED = "outdated"
    PORTAL_NOT_ACTIVE = "portal_not_active"
    NO_MAIN_CONTACT = "no_main_contact"
    CONTACT_REMOVED = "contact_removed"
    NOTIFICATIONS_DISABLED = "notifications_disabled"
    NO_ADDRESS = "no_address"
    RESTORED = "restored"


@event("mail_sent")
class MailSent(Event):
    """`about` is the event that the mail tells of; a mail to the provider has no contact."""

    delivery_id: UUID
    about: UUID
    template: MailTemplate
    contact_id: UUID | None = None


@event("mail_failed")
class MailFailed(Event):
    """`error` is the last answer of the mail server, as a code without text."""

    delivery_id: UUID
    about: UUID
    template: MailTemplate
    error: str
    contact_id: UUID | None = None


@message
class ListDeliveries(Listing):
    company_id: UUID | None = None


@message
class DeliveryView:
    """`email` is the recipient's address as it is now, or None where there is none any more.

    `error` says why it was skipped, or what the mail server answered last, as a code without text.
    """

    delivery_id: UUID
    company_id: UUID | None
    contact_id: UUID | None
    email: str | None
    template: MailTemplate
    about: UUID
    state: DeliveryState
    attempts: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@message
class DeliveryPage(Page):
    items: list[DeliveryView]
