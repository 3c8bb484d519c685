"""How times, dates and money are written for people: German or English, in the provider's time zone."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from shared.contracts.values import Language, Money

TIME_ZONE = ZoneInfo("Europe/Berlin")
NO_BREAK = "\N{NO-BREAK SPACE}"
CURRENCIES = {"EUR": "€"}
_WEEKDAYS = {
    Language.GERMAN: ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."),
    Language.ENGLISH: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = {
    Language.GERMAN: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    Language.ENGLISH: "January February March April May June July August September October November December",
}

_OCLOCK = {Language.GERMAN: f"{NO_BREAK}Uhr", Language.ENGLISH: ""}


def day(value: date, language: Language = Language.GERMAN) -> str:
    """`24. November 2026` or `24 November 2026`, of a date or of a moment."""
    on = value.astimezone(TIME_ZONE).date() if isinstance(value, datetime) else value
    month = _MONTHS[language].split()[on.month - 1]
    dot = "." if language is Language.GERMAN else ""
    return f"{on.day}{dot}{NO_BREAK}{month} {on.year}"


def clock(value: datetime, language: Language = Language.GERMAN) -> str:
    """`09:05`, or in English `9:05`; both count 24 hours."""
    text = value.astimezone(TIME_ZONE).strftime("%H:%M")
    return text if language is Language.GERMAN else text.removeprefix("0")


def oclock(value: datetime, language: Language = Language.GERMAN) -> str:
    """`09:05 Uhr`, or in English `9:05`."""
    return clock(value, language) + _OCLOCK[language]


def period(starts_at: datetime, ends_at: datetime, language: Language = Language.GERMAN) -> str:
    """`Di., 24. November 2026, 09:00–11:00 Uhr`, or `Tue, 24 November 2026, 9:00–11:00`."""
    same_day = starts_at.astimezone(TIME_ZONE).date() == ends_at.astimezone(TIME_ZONE).date()
    until = clock(ends_at, language) if same_day else _day_and_clock(ends_at, language)
    return f"{_day_and_clock(starts_at, language)}–{until}{_OCLOCK[language]}"


def money(value: Money, language: Language = Language.GERMAN) -> str:
    """`1.299,90 €`, or `€1,299.90`."""
    english = f"{value.amount:,.2f}"
    symbol = CURRENCIES.get(value.currency, value.currency)
    if language is Language.GERMAN:
        return f"{english.translate(str.maketrans(',.', '.,'))}{NO_BREAK}{symbol}"
    return f"{symbol}{english}"


def as_money(value: dict[str, str]) -> Money:
    """The amount in `{"amount": "1299.90", "currency": "EUR"}`."""
    return Money(amount=Decimal(value["amount"]), currency=value["currency"])


def _day_and_clock(value: datetime, language: Language) -> str:
    weekday = _WEEKDAYS[language][value.astimezone(TIME_ZONE).weekday()]
    return f"{weekday}, {day(value, language)}, {clock(value, language)}"
