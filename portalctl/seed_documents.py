"""Publishes the sample provider's documents, and has customers answer its offers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from portalctl.sample_documents import INVOICES, OFFERS, SampleWork, priced, report
from shared.contracts.codec import to_plain
from shared.contracts.documents import FILE_BYTES
from shared.files.location import Owner
from shared.files.store import FileStore
from shared.formats import TIME_ZONE, day

VALID_FOR = timedelta(days=30)
# What has become of a company's two offers, by its number.
_ANSWERS = (("open", "accepted"), ("open", "declined"), ("accepted", "open"))


@dataclass(frozen=True)
class Addressee:
    """A company, its customer's token, and one of its sites."""

    company_id: str
    name: str
    address: str
    site_id: str
    customer: str

    @property
    def lines(self) -> str:
        return f"{self.name}\n{self.address}"


class Publisher:
    """Staff who publish; numbers run by kind, as in a book."""

    def __init__(self, call: Callable[..., Any], files: FileStore, *, staff: str, provider_id: str) -> None:
        self._call, self._files, self._staff, self._provider_id = call, files, staff, UUID(provider_id)
        self._today = datetime.now(UTC).astimezone(TIME_ZONE).date()
        self._numbers = {prefix: self._numbered(prefix) for prefix in ("AN", "RE", "SB")}

    def papers(self, to: Addressee, number: int) -> None:
        """Two offers and an invoice for a company, which is the provider's `number`th."""
        for step, answer in enumerate(_ANSWERS[number % len(_ANSWERS)]):
            self._offer(to, OFFERS[(number + step) % len(OFFERS)], answer)
        self._invoice(to, INVOICES[number % len(INVOICES)])

    def report(self, to: Addressee, title: str, *, order_id: str, technician: str, on: date) -> None:
        """The service report of an order that was done."""
        number = next(self._numbers["SB"])
        content = report(number, title, addressee=to.lines, on=on, technician=technician)
        title = f"Servicebericht: {title}"
        self._publish(to, "service_report", number, title, content, order_id=order_id)

    def _offer(self, to: Addressee, work: SampleWork, answer: str) -> None:
        number, last = next(self._numbers["AN"]), self._today + VALID_FOR
        note = f"Das Angebot gilt bis zum {day(last)}. Wir freuen uns auf Ihren Auftrag."
        content = priced("Angebot", number, work, addressee=to.lines, on=self._today, note=note)
        details = {"total": to_plain(work.total), "valid_until": last.isoformat()}
        offer = self._publish(to, "offer", number, work.title, content, **details)
        if answer == "accepted":
            self._call("documents.accept_offer", to.customer, **offer)
        elif answer == "declined":
            reason = "Wir warten damit noch bis zum nächsten Jahr."
            self._call(
                "documents.decline_offer", to.customer, document_id=offer["document_id"], reason=reason
            )

    def _invoice(self, to: Addressee, work: SampleWork) -> None:
        number = next(self._numbers["RE"])
        note = "Bitte überweisen Sie den Betrag innerhalb von 14 Tagen ohne Abzug."
        content = priced("Rechnung", number, work, addressee=to.lines, on=self._today, note=note)
        self._publish(to, "invoice", number, work.title, content, total=to_plain(work.total))

    def _publish(
        self, to: Addressee, kind: str, number: str, title: str, content: bytes, **details: Any
    ) -> dict[str, str]:
        """Upload and publish a PDF; its id and hash."""
        owner = Owner(self._provider_id, UUID(to.company_id))
        stored = self._files.put(owner, [content], limit=FILE_BYTES)
        published = self._call(
            "documents.publish",
            self._staff,
            company_id=to.company_id,
            site_id=to.site_id,
            kind=kind,
            number=number,
            title=title,
            sha256=stored.sha256,
            filename=f"{number}.pdf",
            **details,
        )
        return {"document_id": published["document_id"], "sha256": stored.sha256}

    def _numbered(self, prefix: str) -> Iterator[str]:
        return (f"{prefix}-{self._today.year}-{number:04d}" for number in count(1))
