"""Sends the mails that are due, one after the other, and writes down what became of each."""

import threading
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from services.notifications import ledger, streams
from services.notifications.attempts import Attempts, Outcome
from services.notifications.ledger import Delivery
from shared.contracts.notifications import DeliveryState, MailFailed, MailSent
from shared.eventlog.doorbell import Doorbell
from shared.eventlog.log import Origin
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Unit, unit_of_work
from shared.failpoints import reach
from shared.monitoring import metrics
from shared.observability import about, in_short
from shared.tracing import spans
from shared.tracing.spans import Kind, Span

POLL_S = 0.5
PAUSES_S = (1, 2, 5, 15, 30, 60)
ACTOR = {"kind": "service", "id": "notifications"}
_log = structlog.get_logger(__name__)


class Sender:
    """Any number may run: each takes a mail that no other one holds, the longest due first.

    `run` needs a monkey-patched process, in which other greenlets work while a mail server is waited for.
    """

    def __init__(self, engine: Engine, doorbell: Doorbell, attempts: Attempts) -> None:
        self._engine, self._doorbell, self._attempts = engine, doorbell, attempts
        self._stop = threading.Event()
        self._failures = 0
        self._taken: dict[UUID, tuple[Delivery, Outcome]] = {}
        for state in DeliveryState:
            metrics.mails.labels(state.value)

    def stop(self) -> None:
        """Finish the mail at hand and take no more."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop`; outlives failures of the database and of the mail server."""
        while not self._stop.is_set():
            self._stop.wait(self._next())

    def _next(self) -> float:
        """Send one mail; returns how long to wait before the next, in seconds."""
        try:
            outcome = self._send_one()
        except SQLAlchemyError as error:
            _log.warning("sender_interrupted", error=type(error).__name__)
            return POLL_S
        except Exception as error:
            # The attempt is counted and its mail put off, so that the next one can't be held up by it.
            self._taken.clear()
            _log.error("sender_failed", error=in_short(error))
            return POLL_S
        if outcome is None:
            return POLL_S
        if not outcome.at_once:
            self._failures = 0
            return 0
        pause = PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]
        self._failures += 1
        _log.warning("mail_server_away", error=outcome.error, retry_in=pause)
        return pause

    def _send_one(self) -> Outcome | None:
        """An attempt at the next mail, or None when none is due.

        The row says `sending` before anything leaves: should the process die between the mail server's yes
        and the commit, the mail goes out a second time, under the same Message-ID. Should only the database
        be gone in between, the outcome is written down when it is back.
        """
        self._write_down_taken()
        with self._engine.begin() as connection:
            delivery = ledger.claim(connection, but=self._taken)
        if delivery is None:
            return None
        reach("notifications.after_claim")
        with about(delivery.correlation_id, causation_id=delivery.about), _span(delivery) as span:
            outcome = self._work_on(delivery)
            span.tell({"portal.mail.state": outcome.state.value})
            if outcome.error:
                span.fail(outcome.error)
            return outcome

    def _work_on(self, delivery: Delivery) -> Outcome:
        with unit_of_work(self._engine, Scope(delivery.provider_id)) as unit:
            if not ledger.hold(unit.connection, delivery):
                return Outcome(DeliveryState.SENDING)
            outcome = self._attempts.make(unit, delivery)
            if outcome.state is DeliveryState.SENT:
                self._taken[delivery.id] = delivery, outcome
            self._write_down(unit, delivery, outcome)
            self._taken.pop(delivery.id, None)
        _tell(delivery, outcome)
        return outcome

    def _write_down_taken(self) -> None:
        """Write down which mails the mail server took, where the database could not be told so.

        A row may still be locked by the transaction that was lost, until the database gives that up.
        """
        for delivery, outcome in list(self._taken.values()):
            with unit_of_work(self._engine, Scope(delivery.provider_id)) as unit:
                ours = ledger.hold(unit.connection, delivery)
                if ours:
                    self._write_down(unit, delivery, outcome)
                elif ledger.is_under_way(unit.connection, delivery):
                    continue
            del self._taken[delivery.id]
            if ours:
                with about(delivery.correlation_id, causation_id=delivery.about):
                    _tell(delivery, outcome)

    def _write_down(self, unit: Unit, delivery: Delivery, outcome: Outcome) -> None:
        if outcome.state is DeliveryState.QUEUED:
            ledger.try_again(unit.connection, delivery, str(outcome.error), at_once=outcome.at_once)
            unit.close()
            return
        ledger.finish(unit.connection, delivery, outcome.state, outcome.error)
        # Where an operator has set a failed mail back, its stream is there already.
        stream = unit.find(streams.DELIVERY, delivery.id) or unit.new(
            streams.DELIVERY, delivery.id, provider_id=delivery.provider_id, company_id=delivery.company_id
        )
        stream.create(_event, delivery=delivery, outcome=outcome)
        position = unit.commit(Origin(delivery.correlation_id, delivery.about, ACTOR))
        if position:
            self._doorbell.ring(position.partition)


def _span(delivery: Delivery) -> AbstractContextManager[Span]:
    name, parent = f"mail {delivery.template.value}", spans.of_event(delivery.about)
    return spans.span(name, Kind.CLIENT, delivery.correlation_id, parent=parent)


def _tell(delivery: Delivery, outcome: Outcome) -> None:
    """Count an attempt and log it, once it is written down."""
    metrics.mails.labels(outcome.state.value).inc()
    _log.info(
        "mail",
        delivery_id=str(delivery.id),
        template=delivery.template.value,
        state=outcome.state.value,
        attempts=delivery.attempts,
        error=outcome.error,
    )


def _event(delivery: Delivery, outcome: Outcome) -> MailSent | MailFailed | None:
    """What is published of the end of a delivery."""
    fields: dict[str, Any] = {
        "delivery_id": delivery.id,
        "about": delivery.about,
        "template": delivery.template,
        "contact_id": delivery.contact_id,
    }
    match outcome.state:
        case DeliveryState.SENT:
            return MailSent(**fields)
        case DeliveryState.FAILED:
            return MailFailed(**fields, error=str(outcome.error))
    return None
