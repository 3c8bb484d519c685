"""Times, dates and money read as people of either language write them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from shared import formats
from shared.contracts.values import Language, Money

DE, EN = Language.GERMAN, Language.ENGLISH


def plain(text: str) -> str:
    return text.replace(formats.NO_BREAK, " ")


def test_a_day_is_the_day_in_berlin():
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert plain(formats.day(late)) == "25. November 2026"
    assert plain(formats.day(date(2026, 3, 1), DE)) == "1. März 2026"
    assert plain(formats.day(date(2026, 3, 1), EN)) == "1 March 2026"


def test_a_period_names_the_second_day_only_where_it_is_another():
    starts_at, ends_at = datetime(2027, 7, 12, 7, tzinfo=UTC), datetime(2027, 7, 12, 9, tzinfo=UTC)
    assert plain(formats.period(starts_at, ends_at, DE)) == "Mo., 12. Juli 2027, 09:00–11:00 Uhr"
    assert plain(formats.period(starts_at, ends_at, EN)) == "Mon, 12 July 2027, 9:00–11:00"
    ends_at = datetime(2027, 7, 13, 9, tzinfo=UTC)
    both = plain(formats.period(starts_at, ends_at, DE))
    assert both == "Mo., 12. Juli 2027, 09:00–Di., 13. Juli 2027, 11:00 Uhr"


def test_money_has_the_separators_of_the_language():
    amount = Money(amount=Decimal("1299.90"))
    assert plain(formats.money(amount, DE)) == "1.299,90 €"
    assert plain(formats.money(amount, EN)) == "€1,299.90"
