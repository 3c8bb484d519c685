"""Many people at work at the same time, from a seed: what they do next is drawn, what they get is kept."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from services.orders.domain import order_id_for
from shared.contracts.position import Position
from tests.faults.attempts import Attempt, Attempts, Outcome
from tests.faults.cast import Company

PACE_S = 0.15
FIRST_APPOINTMENT = datetime(2038, 1, 4, 8, tzinfo=UTC)


class Load:
    """A thread per company, from `start` to `stop`."""

    def __init__(self, attempts: Attempts, companies: list[Company], seed: str) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(
                target=_Worker(attempts, company, random.Random(f"{seed} {number}"), self._stop).run,
                name=f"load {number}",
                daemon=True,
            )
            for number, company in enumerate(companies)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when each has the answer that it waits for."""
        self._stop.set()
        for thread in self._threads:
            thread.join(180)
        assert not any(thread.is_alive() for thread in self._threads), "a caller waits for ever"


class _Worker:
    """One company's customer and staff."""

    def __init__(
        self, attempts: Attempts, company: Company, chance: random.Random, stop: threading.Event
    ) -> None:
        self._attempts, self._company, self._chance, self._stop = attempts, company, chance, stop
        self._days = 0

    def run(self) -> None:
        actions: list[tuple[int, Callable[[], None]]] = [
            (6, self._submit),
            (4, self._answer_request),
            (2, self._answer_at_once),
            (3, self._schedule),
            (1, self._change_appointment),
            (2, self._publish),
            (2, self._answer_offer),
            (2, self._add_equipment),
            (2, self._change_contact),
            (1, self._resend_invitation),
            (1, self._resync),
        ]
        weights, choices = zip(*actions, strict=True)
        try:
            while not self._stop.wait(PACE_S):
                self._chance.choices(choices, weights)[0]()
        except Exception as error:
            self._attempts.faults.append(f"a caller met {error!r}")
            raise

    def _submit(self) -> None:
        made = self._make(
            "requests.submit",
            customer=True,
            title=f"Heizung {uuid4()}",
            description="Seit gestern kalt.\nBitte bald.",
            site_id=self._company.site_id,
        )
        if made.outcome is Outcome.ACKNOWLEDGED:
            self._company.open_requests.append(made.result["request_id"])
            self._read_own_write(made)

    def _answer_request(self) -> None:
        if request_id := self._take(self._company.open_requests):
            answer, customer, more = self._chance.choice(_ANSWERS)
            self._make(answer, customer=customer, request_id=request_id, **more)
            self._company.orders.append(str(order_id_for(UUID(request_id))))

    def _answer_at_once(self) -> None:
        """Two people give different answers in the same moment."""
        if request_id := self._take(self._company.open_requests):
            calls = [
                partial(self._make, answer, customer=customer, request_id=request_id, **more)
                for answer, customer, more in self._chance.sample(_ANSWERS, 2)
            ]
            with ThreadPoolExecutor(len(calls)) as pool:
                for made in [pool.submit(call) for call in calls]:
                    made.result()
            self._company.orders.append(str(order_id_for(UUID(request_id))))

    def _schedule(self) -> None:
        if self._company.orders:
            self._days += 1
            starts_at = FIRST_APPOINTMENT + timedelta(days=self._days)
            made = self._make(
                "orders.schedule_appointment",
                order_id=self._chance.choice(self._company.orders),
                starts_at=starts_at.isoformat(),
                ends_at=(starts_at + timedelta(hours=2)).isoformat(),
            )
            if made.outcome is Outcome.ACKNOWLEDGED:
                self._company.appointments.append(made.result["appointment_id"])

    def _change_appointment(self) -> None:
        if appointment_id := self._take(self._company.appointments):
            if self._chance.random() < 0.5:
                self._make("orders.complete_appointment", appointment_id=appointment_id)
            else:
                self._make("orders.cancel_appointment", appointment_id=appointment_id, reason="Krank.")

    def _publish(self) -> None:
        made = self._make(
            "documents.publish",
            company_id=self._company.company_id,
            kind="offer",
            number=f"AN-{uuid4().hex[:16]}",
            title="Wärmepumpe",
            filename="Angebot.pdf",
            sha256=self._company.offer_sha256,
            total={"amount": "129.90", "currency": "EUR"},
            valid_until="2099-12-31",
        )
        if made.outcome is Outcome.ACKNOWLEDGED:
            self._company.open_offers.append(made.result["document_id"])

    def _answer_offer(self) -> None:
        if document_id := self._take(self._company.open_offers):
            sha256 = self._company.offer_sha256
            self._make("documents.accept_offer", customer=True, document_id=document_id, sha256=sha256)

    def _add_equipment(self) -> None:
        self._make("customers.add_equipment", site_id=self._company.site_id, name=f"Kessel {uuid4()}")

    def _change_contact(self) -> None:
        phone = f"+49 89 {self._chance.randrange(10**6, 10**7)}"
        self._make("customers.update_contact", contact_id=self._company.contact_id, phone=phone)

    def _resend_invitation(self) -> None:
        self._make("invitation.resend", invitation_id=self._company.invitation_id)

    def _resync(self) -> None:
        self._attempts.ask("portal_read.resync", self._company.customer.token)

    def _read_own_write(self, made: Attempt) -> None:
        seen = self._attempts.ask(
            "portal_read.requests", self._company.customer.token, at_least=made.result["position"]
        )
        if seen is None or not seen["reached"]:
            return
        ids = [item["request_id"] for item in seen["items"]]
        if made.result["request_id"] not in ids:
            at, shown = made.at, Position.parse(seen["position"])
            self._attempts.faults.append(f"a request at {at} is not seen at {shown}")

    def _make(self, command: str, *, customer: bool = False, **arguments: Any) -> Attempt:
        person = self._company.customer if customer else self._company.staff
        named = self._chance.random() < 0.5
        return self._attempts.make(command, person.token, self._company.company_id, named=named, **arguments)

    def _take(self, ids: list[str]) -> str | None:
        return ids.pop(self._chance.randrange(len(ids))) if ids else None


_ANSWERS = [
    ("requests.accept", False, {"note": "Wir melden uns."}),
    ("requests.decline", False, {"reason": "Zu weit."}),
    ("requests.withdraw", True, {}),
]
