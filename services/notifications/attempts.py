"""One attempt at a mail, from its letter to the mail server's answer, and how it ended."""

from dataclasses import dataclass

import eventlet
import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notifications import domain
from services.notifications.domain import NotSent
from services.notifications.ledger import Delivery
from services.notifications.letters import Letters
from services.notifications.mails import build
from services.notifications.smtp import MailFault, MailServer, Refused, ServerAway, TryLater
from shared.contracts.errors import PortalError
from shared.contracts.notifications import DeliveryState, Skipped
from shared.eventlog.unit import Unit
from shared.failpoints import reach
from shared.identity.tokens import now
from shared.observability import in_short

# More than all that a mail server is waited for.
LONGEST_S = 720
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended; a mail that stays queued goes out `at_once` when the mail server is back."""

    state: DeliveryState
    error: str | None = None
    at_once: bool = False


class Attempts:
    """With what `letters` writes, over `server`, from the address `mail_from`."""

    def __init__(self, letters: Letters, server: MailServer, *, mail_from: str) -> None:
        self._letters, self._server, self._mail_from = letters, server, mail_from

    def make(self, unit: Unit, delivery: Delivery) -> Outcome:
        """Send a mail, unless it is too late or there is no reason any more. Raises SQLAlchemyError."""
        if domain.too_old(delivery.created_at, now()):
            return _given_up(delivery)
        try:
            self._send(unit, delivery)
        except NotSent as unsent:
            return Outcome(DeliveryState.SKIPPED, unsent.reason.value)
        except Refused as refused:
            return Outcome(DeliveryState.FAILED, refused.code)
        except MailFault as fault:
            return Outcome(DeliveryState.QUEUED, fault.code, at_once=isinstance(fault, ServerAway))
        except PortalError as error:
            return Outcome(DeliveryState.QUEUED, error.code)
        except SQLAlchemyError:
            raise
        except Exception as error:
            # Whatever is wrong with this one mail, the others go out.
            _log.error("mail_not_built", delivery_id=str(delivery.id), error=in_short(error))
            return Outcome(DeliveryState.QUEUED, "internal_error")
        return Outcome(DeliveryState.SENT)

    def _send(self, unit: Unit, delivery: Delivery) -> None:
        letter = self._letters.write(unit, delivery)
        message = build(letter, sender=self._mail_from, delivery_id=delivery.id, at=now())
        reach("notifications.before_send")
        with eventlet.Timeout(LONGEST_S, TryLater("timeout")):
            self._server.send(message, sender=self._mail_from, to=message["To"].addresses[0].addr_spec)
        reach("notifications.after_accept")


def _given_up(delivery: Delivery) -> Outcome:
    """A mail whose day is over; one that was never tried says so."""
    if delivery.attempts == 1:
        return Outcome(DeliveryState.SKIPPED, Skipped.TOO_OLD.value)
    return Outcome(DeliveryState.FAILED, delivery.error or "expired")
