"""Judges a trial once it has come to rest: was anything lost, done twice, out of order, or kept from view?"""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

from portalctl.health import examine
from services.portal_read.projection import PORTAL
from shared.eventlog import verification
from shared.eventlog.findings import Findings
from shared.eventlog.reading import Selection
from shared.projections.history import Owner
from shared.projections.verification import verify
from tests.faults.attempts import Attempt, Outcome
from tests.faults.model import Model
from tests.faults.queues import EVENT_TYPES
from tests.faults.seen import Seen, at, view
from tests.faults.trial import PATIENCE_S, Trial

POLL_S = 0.3
MOST = 20
_APPENDS = {
    "requests.submit": "request_submitted",
    "requests.accept": "request_accepted",
    "requests.decline": "request_declined",
    "requests.withdraw": "request_withdrawn",
    "orders.schedule_appointment": "appointment_scheduled",
    "orders.complete_appointment": "appointment_completed",
    "orders.cancel_appointment": "appointment_cancelled",
    "documents.publish": "document_published",
    "documents.accept_offer": "offer_accepted",
    "customers.add_equipment": "equipment_added",
    "customers.update_contact": "contact_updated",
    "invitation.resend": "invitation_resent",
}
# Of these a company had some before the load began.
_BEFORE = ("equipment", "contacts")
# What one of two people hears who do the same in the same moment, or who are too fast for the order.
_RACES = ("invalid_transition", "not_found", "conflict")
_IDS = ("request_id", "appointment_id", "document_id", "equipment_id")


@dataclass
class Verdict:
    """`lost` and `doubled` count commands, deliveries and effects; `wrong` says all that is, in words."""

    acknowledged: int
    refused: int
    unknown: int
    events: int
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    def loss(self, what: str) -> None:
        self.lost += 1
        self.wrong.append(f"lost: {what}")

    def double(self, what: str) -> None:
        self.doubled += 1
        self.wrong.append(f"doubled: {what}")


def judge(
    trial: Trial,
    *,
    problems: Collection[str] = (),
    within: float = PATIENCE_S,
) -> Verdict:
    """Wait until the trial is at rest, and then require that all that was promised holds.

    It has failed when it comes no nearer to rest for `within` seconds.
    `problems` are those that `portalctl status` must tell of, by a part of their text.
    """
    seen = _at_rest(trial, within)
    attempts = list(trial.attempts)
    outcomes = Counter(attempt.outcome for attempt in attempts)
    verdict = Verdict(*(outcomes[outcome] for outcome in Outcome), events=len(seen.events))
    verdict.wrong += trial.attempts.taken_faults()
    verdict.wrong += [f"{name} has ended with {code}" for name, code in trial.dead().items()]
    accepted = list(_accepted(attempts, seen, verdict))
    _contiguous(seen, verdict)
    _view(trial, accepted, verdict)
    _delivered(trial, seen, verdict)
    _effects(seen, verdict)
    _mails(trial, seen, verdict)
    _health(trial, problems, verdict)
    _chained(trial, verdict)
    print(f"{verdict.acknowledged} acknowledged, {verdict.refused} refused, {verdict.unknown} unknown,")
    print(f"{verdict.events} events, {verdict.lost} lost, {verdict.doubled} doubled")
    print("\n".join(verdict.wrong[:MOST]))
    assert not verdict.wrong
    return verdict


def _at_rest(trial: Trial, within: float) -> Seen:
    """On a busy machine it may take long, as long as it comes nearer."""
    before: list[str] = []
    while True:
        seen = Seen.of(trial.engine)
        missing = list(_missing(trial, seen))
        if not missing:
            return seen
        if missing != before:
            before, deadline = missing, time.monotonic() + within
        assert time.monotonic() < deadline, f"no nearer to rest in {within} s: {'; '.join(missing[:MOST])}"
        time.sleep(POLL_S)


def _missing(trial: Trial, seen: Seen) -> Iterator[str]:
    """What is still to come. (e): no position may ever be above what it speaks of."""
    for name, positions in {"published": seen.published, "projected": seen.projected}.items():
        for partition, head in seen.heads.items():
            position = positions[partition]
            assert position <= head, f"{name} {partition}:{position} is above the head {head}"
            if position < head:
                yield f"partition {partition} is {name} up to {position} of {head}"
    for queue, ids in subscribed(seen):
        if left := len(ids - seen.handled[queue]):
            yield f"{left} events are not handled by {queue}"
    unsent = Counter(mail.state for mail in seen.deliveries if mail.state in ("queued", "sending"))
    yield from (f"{count} mails are {state}" for state, count in unsent.items())
    if seen.unfinished_resyncs:
        yield f"{seen.unfinished_resyncs} resyncs are under way"
    came = {event_id for _, event_id in chain(*trial.subscriber.came().values())}
    if left := sum(event.event_id not in came for event in seen.events):
        yield f"{left} events did not come to the subscriber"


def subscribed(seen: Seen) -> Iterator[tuple[str, set[UUID]]]:
    for queue, type in EVENT_TYPES.items():
        yield queue, {event.event_id for event in seen.of_type(type)}


def _accepted(attempts: list[Attempt], seen: Seen, verdict: Verdict) -> Iterator[tuple[Attempt, Any]]:
    """(a): each acknowledged command's events are there once, each other one's at most once."""
    for attempt in attempts:
        found = seen.by_command[attempt.correlation_id]
        wanted = [_APPENDS[attempt.command]]
        types = [event.type for event in found]
        about = f"{attempt.command} {attempt.correlation_id} ({attempt.outcome.name} {attempt.error})"
        if len(types) > len(wanted):
            verdict.double(f"{about} appended {types}")
        elif types and types != wanted:
            verdict.wrong.append(f"{about} appended {types}")
        elif attempt.outcome is Outcome.ACKNOWLEDGED and not types:
            verdict.loss(about)
        elif attempt.outcome is Outcome.REFUSED and not attempt.error.startswith(_RACES + attempt.refusals):
            verdict.wrong.append(f"{about} is no refusal that a race explains")
        elif attempt.outcome is Outcome.REFUSED and types:
            verdict.wrong.append(f"{about} was carried out")
        elif attempt.outcome is Outcome.ACKNOWLEDGED and attempt.at != at(found[-1]):
            verdict.wrong.append(f"{about} is at {at(found[-1])}, not at {attempt.at}")
        if types:
            yield attempt, found[-1]


def _contiguous(seen: Seen, verdict: Verdict) -> None:
    """(b)"""
    positions, versions = defaultdict(list), defaultdict(list)
    for event in seen.events:
        positions[event.partition].append(event.position)
        versions[event.stream_id].append(event.version)
    for partition, head in seen.heads.items():
        if positions[partition] != list(range(1, head + 1)):
            verdict.wrong.append(f"partition {partition} is not contiguous up to {head}")
    for stream_id, numbers in versions.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            verdict.wrong.append(f"the stream {stream_id} has the versions {numbers}")


def _view(trial: Trial, accepted: list[tuple[Attempt, Any]], verdict: Verdict) -> None:
    """(c): against the accepted commands, and, for what they leave open, against the log."""
    models: dict[str, Model] = defaultdict(Model)
    for attempt, event in sorted(accepted, key=lambda each: at(each[1])):
        ids = {name: event.payload[name] for name in _IDS if name in event.payload}
        models[attempt.company_id].accept(attempt, ids)
    for company in trial.companies:
        model = models[company.company_id]
        for table, rows in vars(model).items():
            found = view(trial.engine, company.company_id, table)
            extra = found.keys() - rows.keys() if table not in _BEFORE else ()
            for row_id in [*rows, *extra]:
                wanted, shown = rows.get(row_id, {}), found.get(row_id, {})
                if not wanted or {name: shown.get(name) for name in wanted} != wanted:
                    verdict.wrong.append(f"{table} {row_id} should be {wanted}, but is {shown}")
        owner = Owner(UUID(company.company_id), UUID(company.provider_id))
        if any(verify(trial.engine, PORTAL, owner).values()):
            verdict.wrong.append(f"the view of {company.company_id} is not what the log says")


def _delivered(trial: Trial, seen: Seen, verdict: Verdict) -> None:
    """(d): at least once and, the first times, in order."""
    wanted: dict[int, list[UUID]] = defaultdict(list)
    for event in seen.events:
        wanted[event.partition].append(event.event_id)
    for partition, came in trial.subscriber.came().items():
        first = list(dict.fromkeys(event_id for _, event_id in came))
        if first != wanted[partition]:
            verdict.wrong.append(f"partition {partition} did not come in the order of the log")


def _effects(seen: Seen, verdict: Verdict) -> None:
    """(d): one order per accepted request, one effect per subscription and event."""
    accepted = {event.payload["request_id"] for event in seen.of_type("request_accepted")}
    for request_id in accepted | seen.orders_by_request.keys():
        count = seen.orders_by_request[request_id]
        if count > 1:
            verdict.double(f"the order of {request_id}")
        elif count == 0 or request_id not in accepted:
            verdict.loss(f"{count} orders for {request_id}")
    for queue, ids in subscribed(seen):
        if seen.handled[queue] - ids:
            verdict.wrong.append(f"{queue} has handled what is not in the log")


def _mails(trial: Trial, seen: Seen, verdict: Verdict) -> None:
    """(d): one mail per event, recipient and template, of which the mail server has each once."""
    wanted = set().union(*(ids for queue, ids in subscribed(seen) if queue.startswith("notifications.")))
    written = Counter((mail.about, mail.recipient_id, mail.template) for mail in seen.deliveries)
    for about in wanted - {mail.about for mail in seen.deliveries}:
        verdict.loss(f"the mail about {about}")
    for mail, count in written.items():
        if count > 1:
            verdict.double(f"the delivery {mail}")
    caught = Counter(str(mail["Message-ID"]).strip("<").partition("@")[0] for mail in trial.mails.mails())
    for mail in seen.deliveries:
        count = caught.pop(str(mail.delivery_id), 0)
        if mail.state == "failed":
            verdict.wrong.append(f"the mail {mail.delivery_id} has failed: {mail.error}")
        if mail.state == "sent" and not count:
            verdict.loss(f"the mail {mail.delivery_id}")
        if count > 1 + trial.may_repeat[str(mail.delivery_id)]:
            verdict.double(f"the mail {mail.delivery_id} was sent {count} times")
    if caught:
        verdict.wrong.append(f"mails that nothing led to: {list(caught)}")


def _chained(trial: Trial, verdict: Verdict) -> None:
    """(g)"""
    findings = Findings()
    verification.verify(trial.engine, Selection(), findings, lambda _count: None)
    verdict.wrong += [f"the log is not what was recorded: {finding}" for finding in findings.all()]


def _health(trial: Trial, problems: Collection[str], verdict: Verdict) -> None:
    """(f)"""
    told = examine(trial.engine, trial.amqp_uri, trial.client, None).problems
    unasked = [text for text in told if not any(part in text for part in problems)]
    untold = [part for part in problems if not any(part in text for text in told)]
    verdict.wrong += [f"status tells of: {text}" for text in unasked]
    verdict.wrong += [f"status does not tell of: {part}" for part in untold]
