"""RPC and subscriptions of `notifications`: events fill the ledger of mails, the sender empties it."""

from uuid import UUID

from services.notifications import domain, holding, ledger, queries, streams
from services.notifications.domain import Audience, Mail
from services.notifications.sending import Sending
from shared.contracts import notifications as contract
from shared.contracts.declare import Event
from shared.contracts.documents import DocumentPublished, OfferAccepted, OfferDeclined
from shared.contracts.invitation import (
    CustomerInvited,
    InvitationResent,
    PasswordChanged,
    PasswordResetRequested,
)
from shared.contracts.notifications import DeliveryState, Skipped
from shared.contracts.orders import AppointmentCancelled, AppointmentRescheduled, AppointmentScheduled
from shared.contracts.requests import RequestAccepted, RequestDeclined, RequestSubmitted, RequestWithdrawn
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller
from shared.identity.tokens import now
from shared.messaging.call import Call
from shared.messaging.cloudevents import Received
from shared.messaging.rpc import STAFF, query
from shared.messaging.subscription import subscribe


class NotificationsService:
    """Staff see what was sent to whom; the mails themselves follow from events alone."""

    name = "notifications"

    log: Unit
    caller: Caller
    call: Call
    sending = Sending()

    @subscribe(CustomerInvited)
    @subscribe(InvitationResent)
    @subscribe(PasswordResetRequested)
    @subscribe(PasswordChanged)
    @subscribe(RequestSubmitted)
    @subscribe(RequestWithdrawn)
    @subscribe(RequestAccepted)
    @subscribe(RequestDeclined)
    @subscribe(AppointmentScheduled)
    @subscribe(AppointmentRescheduled)
    @subscribe(AppointmentCancelled)
    @subscribe(DocumentPublished)
    @subscribe(OfferAccepted)
    @subscribe(OfferDeclined)
    def queue_mail(self, event: Event, received: Received) -> None:
        """Write the event's mail into the ledger, once, whatever is delivered again."""
        mail = domain.mail_about(event)
        contact_id = self._contact(mail, received)
        recipient_id = domain.recipient_id(mail, contact_id, received.provider_id)
        reason = self._reason_to_skip(received)
        ledger.add(
            self.log.connection,
            {
                "delivery_id": domain.delivery_id_for(received.event_id, recipient_id, mail.template),
                "about": received.event_id,
                "partition": received.position.partition,
                "position": received.position.position,
                "template": mail.template,
                "recipient_id": recipient_id,
                "provider_id": received.provider_id,
                "company_id": received.company_id,
                "contact_id": contact_id,
                "correlation_id": received.correlation_id,
                "state": DeliveryState.SKIPPED if reason else DeliveryState.QUEUED,
                "error": reason,
                "due_at": received.recorded_at,
                "finished_at": now() if reason else None,
            },
        )

    @query(contract.ListDeliveries, allow=[STAFF])
    def deliveries(self, company_id: UUID | None, cursor: str | None) -> contract.DeliveryPage:
        """What was sent to whom, when, and with which result, newest first. Raises NotFound."""
        if company_id is not None:
            self.log.stream(streams.COMPANY, company_id)
        return queries.page(self.log, self.caller.provider, company_id=company_id, cursor=cursor)

    def _contact(self, mail: Mail, received: Received) -> UUID | None:
        """The contact whom the mail goes to, if it goes to one."""
        match mail.audience, mail.id:
            case Audience.CONTACT, UUID() as contact_id:
                return contact_id
            case Audience.SUBMITTER, UUID() as order_id:
                return self.log.stream(streams.ORDER, order_id).state.contact_id
            case Audience.MAIN_CONTACT, _ if received.company_id is not None:
                return self.log.stream(streams.COMPANY, received.company_id).state.main_contact_id
        return None

    def _reason_to_skip(self, received: Received) -> Skipped | None:
        if holding.is_held(self.log.connection, received.position):
            return Skipped.RESTORED
        if domain.too_old(received.recorded_at, now()):
            return Skipped.TOO_OLD
        return None
