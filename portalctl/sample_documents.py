"""What the sample provider offers and invoices, and the papers for it as PDFs."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from portalctl.sample_data import PROVIDER
from shared.contracts.values import Money
from shared.formats import day, money

VAT = Decimal("0.19")
_CENT = Decimal("0.01")
_COLUMNS = (100, 20, 35, 35)


@dataclass(frozen=True)
class SampleItem:
    """A line of an offer or an invoice; `price` is for one, without VAT, in euros."""

    text: str
    quantity: int
    price: Decimal

    @property
    def total(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True)
class SampleWork:
    title: str
    items: tuple[SampleItem, ...]

    @property
    def net(self) -> Decimal:
        return sum((item.total for item in self.items), Decimal(0))

    @property
    def total(self) -> Money:
        """With VAT."""
        return Money(amount=(self.net * (1 + VAT)).quantize(_CENT, ROUND_HALF_UP))


def _work(title: str, *items: tuple[str, int, str]) -> SampleWork:
    return SampleWork(title, tuple(SampleItem(text, count, Decimal(price)) for text, count, price in items))


OFFERS = (
    _work(
        "Austausch der Heizungspumpe",
        ("Hocheffizienzpumpe, geregelt", 1, "389.00"),
        ("Monteurstunde", 3, "68.50"),
        ("Kleinmaterial und Dichtungen", 1, "42.80"),
    ),
    _work(
        "Hydraulischer Abgleich der Heizungsanlage",
        ("Aufnahme der Räume und Heizkörper", 1, "480.00"),
        ("Voreinstellbares Thermostatventil", 14, "36.90"),
        ("Monteurstunde", 9, "68.50"),
    ),
    _work(
        "Umrüstung auf eine Wärmepumpe",
        ("Luft-Wasser-Wärmepumpe 12 kW", 1, "11490.00"),
        ("Pufferspeicher 300 l", 1, "1280.00"),
        ("Elektrischer Anschluss, Zählerplatz", 1, "1650.00"),
        ("Montage, Füllung und Inbetriebnahme", 1, "3900.00"),
    ),
)
INVOICES = (
    _work("Jährliche Wartung", ("Wartung nach Herstellervorgabe", 1, "189.00"), ("Anfahrt", 1, "39.00")),
    _work(
        "Störung behoben: Zündelektrode getauscht",
        ("Zündelektrode", 1, "54.30"),
        ("Monteurstunde, Notdienst", 2, "96.00"),
        ("Anfahrt", 1, "39.00"),
    ),
)
REPORT = (
    "Brenner gereinigt, Wärmetauscher gespült.",
    "Abgaswerte gemessen: CO 18 ppm, Abgasverlust 4,1 %. Anlagendruck auf 1,6 bar ergänzt.",
    "Warmwasser erreicht wieder 58 °C; Zirkulation geprüft.",
)


class _Paper(FPDF):
    """A page with the provider's letterhead; its fonts know the characters of Latin-1."""

    def header(self) -> None:
        self.set_font("helvetica", "B", 15)
        self.row(PROVIDER["name"], height=8)
        self.set_font("helvetica", size=9)
        self.row(f"{PROVIDER['address']}  ·  {PROVIDER['phone']}  ·  {PROVIDER['email']}", height=5)
        self.ln(14)

    def row(self, text: str, *, height: float = 6) -> None:
        self.multi_cell(0, height, _latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def priced(heading: str, number: str, work: SampleWork, *, addressee: str, on: date, note: str) -> bytes:
    """An offer or an invoice as a PDF."""
    paper = _begun(f"{heading} {number}", work.title, addressee=addressee, on=on)
    for item in work.items:
        _columns(paper, item.text, str(item.quantity), _euros(item.price), _euros(item.total))
    paper.ln(3)
    _columns(paper, "Summe netto", "", "", _euros(work.net))
    _columns(paper, "Umsatzsteuer 19 %", "", "", _euros(work.total.amount - work.net))
    paper.set_font(style="B")
    _columns(paper, "Gesamt", "", "", _euros(work.total.amount))
    paper.set_font(style="")
    paper.ln(8)
    paper.row(note)
    return bytes(paper.output())


def report(number: str, title: str, *, addressee: str, on: date, technician: str) -> bytes:
    """A service report as a PDF."""
    paper = _begun(f"Servicebericht {number}", title, addressee=addressee, on=on)
    for line in REPORT:
        paper.row(f"-  {line}")
    paper.ln(8)
    paper.row(f"Ausgeführt von {technician}")
    return bytes(paper.output())


def _begun(heading: str, title: str, *, addressee: str, on: date) -> _Paper:
    paper = _Paper()
    paper.set_title(_latin(heading))
    paper.set_lang("de")
    paper.add_page()
    paper.set_font("helvetica", size=11)
    paper.row(addressee)
    paper.ln(10)
    paper.row(f"Augsburg, {day(on)}")
    paper.ln(4)
    paper.set_font("helvetica", "B", 13)
    paper.row(f"{heading}: {title}", height=8)
    paper.set_font("helvetica", size=11)
    paper.ln(4)
    return paper


def _columns(paper: _Paper, *texts: str) -> None:
    for text, width in zip(texts, _COLUMNS, strict=True):
        paper.cell(width, 7, _latin(text), align="L" if width == _COLUMNS[0] else "R")
    paper.ln()


def _euros(amount: Decimal) -> str:
    return money(Money(amount=amount)).replace("€", "EUR")


def _latin(text: str) -> str:
    """Letters that the fonts lack are written without their accents: ş as s."""
    return "".join(each if ord(each) < 256 else _plain(each) for each in text)


def _plain(letter: str) -> str:
    decomposed: Sequence[str] = unicodedata.normalize("NFKD", letter)
    return "".join(each for each in decomposed if ord(each) < 128)
