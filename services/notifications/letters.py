"""Writes the letter of a delivery: looks up, as things are now, whom it goes to and what it tells of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from services.notifications import domain, streams
from services.notifications.accounts import Accounts
from services.notifications.domain import TO_PROVIDER, NotSent
from services.notifications.ledger import Delivery
from services.notifications.mails import Letter
from services.notifications.streams import Appointment, Company, Order
from shared.contracts.documents import DocumentPublished, OfferAccepted, OfferDeclined
from shared.contracts.invitation import (
    CustomerInvited,
    InvitationResent,
    PasswordChanged,
    PasswordResetRequested,
    portal_id_for,
)
from shared.contracts.notifications import Skipped
from shared.contracts.orders import AppointmentCancelled, AppointmentRescheduled, AppointmentScheduled
from shared.contracts.requests import RequestAccepted, RequestDeclined, RequestSubmitted, RequestWithdrawn
from shared.contracts.stream import StreamType
from shared.eventlog import log
from shared.eventlog.recorded import Recorded
from shared.eventlog.unit import Unit

State = TypeVar("State")
AppointmentEvent = AppointmentScheduled | AppointmentRescheduled | AppointmentCancelled


@dataclass(frozen=True)
class Content:
    """`path` is where the button leads in the portal; `email` is an address that only `invitation` knows."""

    path: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    email: str | None = None


class Letters:
    """Links in letters begin with `gateway_url`."""

    def __init__(self, accounts: Accounts, gateway_url: str) -> None:
        self._accounts, self._gateway_url = accounts, gateway_url

    def write(self, unit: Unit, delivery: Delivery) -> Letter:
        """Raises NotSent, and PortalError when `invitation` does not answer."""
        provider = unit.stream(streams.PROVIDER, delivery.provider_id).state
        company = _state(unit, streams.COMPANY, delivery.company_id)
        recipient = domain.recipient(
            delivery.template,
            contact_id=delivery.contact_id,
            provider=provider,
            company=company,
            portal=_state(unit, streams.PORTAL, portal_id_for(delivery.provider_id)),
        )
        content = self._content(unit, _event_of(unit, delivery), company)
        email = content.email or recipient.email
        if not email:
            raise NotSent(Skipped.NO_ADDRESS)
        return Letter(
            template=delivery.template,
            language=recipient.language,
            to_name=recipient.name,
            to_email=email,
            provider_name=provider.name,
            reply_to=None if delivery.template in TO_PROVIDER else provider.email,
            values={"provider": provider, "link": self._gateway_url + content.path, **content.values},
        )

    def _content(self, unit: Unit, recorded: Recorded, company: Company | None) -> Content:
        match event := recorded.event:
            case CustomerInvited() | InvitationResent():
                issued = self._accounts.invitation_token(event.invitation_id)
                values = {"expires_at": event.expires_at}
                return Content(f"/invitation/{issued.token}", values, issued.email)
            case PasswordResetRequested():
                issued = self._accounts.reset_token(event.account_id)
                return Content(f"/reset-password/{issued.token}", {}, issued.email)
            case PasswordChanged():
                email = self._accounts.email(event.account_id)
                return Content("", {"changed_at": recorded.recorded_at}, email)
            case RequestAccepted():
                return _answer(unit, event.request_id, note=event.note)
            case RequestDeclined():
                return _answer(unit, event.request_id, reason=event.reason)
            case AppointmentScheduled() | AppointmentRescheduled() | AppointmentCancelled():
                return _appointment(unit, recorded, event)
            case DocumentPublished():
                return _document(unit, event)
            case RequestSubmitted() | RequestWithdrawn():
                return _request(unit, event.request_id, company)
            case OfferAccepted() | OfferDeclined():
                return _offer(unit, event, company)
        raise LookupError(f"{recorded.type} leads to no mail")


def _answer(unit: Unit, request_id: UUID, **said: str | None) -> Content:
    request = unit.stream(streams.REQUEST, request_id).state
    return Content(f"/requests/{request_id}", {"request": request, **said})


def _appointment(unit: Unit, recorded: Recorded, event: AppointmentEvent) -> Content:
    """Tells of the appointment as it is now, and, where it was moved or called off, as it was before."""
    stream = unit.stream(streams.ORDER, event.order_id)
    order = stream.state
    if domain.outdated(event, order=order):
        raise NotSent(Skipped.OUTDATED)
    before = _before(stream.history, recorded, event.appointment_id)
    appointment = order.appointments.get(event.appointment_id)
    values: dict[str, Any] = {
        "order": order,
        "site": _state(unit, streams.SITE, order.site_id),
        "before": before,
        "appointment": appointment,
    }
    match event:
        case AppointmentCancelled():
            values |= {"reason": event.reason}
        case AppointmentRescheduled():
            values |= {"moved": domain.moved(before, appointment), "reassigned": event.reassigned}
    return Content(f"/requests/{order.request_id}", values)


def _before(history: list[Recorded], recorded: Recorded, appointment_id: UUID) -> Appointment | None:
    earlier = (each.event for each in history if each.version < recorded.version)
    order: Order | None = streams.ORDER.fold(earlier)
    return order.appointments.get(appointment_id) if order else None


def _document(unit: Unit, event: DocumentPublished) -> Content:
    document = _state(unit, streams.DOCUMENT, event.document_id)
    if domain.outdated(event, document=document):
        raise NotSent(Skipped.OUTDATED)
    return Content("/documents", {"document": document})


def _request(unit: Unit, request_id: UUID, company: Company | None) -> Content:
    request = unit.stream(streams.REQUEST, request_id).state
    values = {
        "request": request,
        "company": company,
        "person": _name(company, request.contact_id),
        "site": _state(unit, streams.SITE, request.site_id),
    }
    return Content(f"/provider/requests/{request_id}", values)


def _offer(unit: Unit, event: OfferAccepted | OfferDeclined, company: Company | None) -> Content:
    values = {
        "document": unit.stream(streams.DOCUMENT, event.document_id).state,
        "company": company,
        "person": _name(company, event.contact_id),
        "reason": event.reason if isinstance(event, OfferDeclined) else None,
    }
    return Content(f"/provider/documents/{event.document_id}", values)


def _event_of(unit: Unit, delivery: Delivery) -> Recorded:
    """The event that the delivery is about."""
    found = log.read(unit.connection, delivery.partition, after=delivery.position - 1, limit=1)
    if not found or found[0].event_id != delivery.about:
        raise LookupError(f"there is no event {delivery.about} at {delivery.partition}:{delivery.position}")
    return found[0]


def _state(unit: Unit, kind: StreamType[State], stream_id: UUID | None) -> State | None:
    """A stream's state, or None where it has none, or none any more."""
    stream = unit.find(kind, stream_id) if stream_id else None
    return stream.state_or_none if stream else None


def _name(company: Company | None, contact_id: UUID) -> str | None:
    person = company.people.get(contact_id) if company else None
    return person.name if person else None
