"""Every declared event, and ways to make up instances of it."""

import dataclasses
import enum
import importlib
import pkgutil
import types
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from marshmallow import validate

import shared.contracts
from shared.contracts.declare import EVENTS, Event
from shared.eventlog.recorded import Recorded

for module in pkgutil.iter_modules(shared.contracts.__path__, "shared.contracts."):
    importlib.import_module(module.name)

ALL_EVENTS: list[type[Event]] = list(EVENTS.values())

CHARACTERS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"])
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=OFFSETS)


def instances(cls: type) -> st.SearchStrategy[Any]:
    """Instances of a declared class, as its annotations and validators allow them."""
    hints = typing.get_type_hints(cls)
    return st.builds(
        cls, **{field.name: _values(hints[field.name], field) for field in dataclasses.fields(cls)}
    )


def recorded(name: str, payload: dict[str, Any], *, schema_version: int = 1) -> Recorded:
    """An event as the log holds it, at 3:7."""
    return Recorded(
        partition=3,
        position=7,
        event_id=uuid4(),
        stream_type="tank",
        stream_id=uuid4(),
        version=1,
        type=name,
        schema_version=schema_version,
        provider_id=uuid4(),
        company_id=None,
        payload=payload,
        correlation_id=uuid4(),
        causation_id=uuid4(),
        actor={"kind": "staff"},
        command_id=None,
        recorded_at=datetime(2025, 3, 1, tzinfo=UTC),
    )


def _values(hint: Any, field: dataclasses.Field[Any]) -> st.SearchStrategy[Any]:
    checks = field.metadata.get("checks", ())
    values = _typed(hint, field, checks)
    return values.filter(lambda value: value is None or all(_passes(check, value) for check in checks))


def _typed(hint: Any, field: dataclasses.Field[Any], checks: Any) -> st.SearchStrategy[Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return st.none() | _typed(inner, field, checks)
    if origin is list:
        return st.lists(_typed(arguments[0], field, ()), max_size=3)
    one_of = next((check for check in checks if isinstance(check, validate.OneOf)), None)
    if one_of is not None:
        return st.sampled_from(list(one_of.choices))
    if hint is str:
        return _texts(checks)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    if dataclasses.is_dataclass(hint):
        return instances(typing.cast(type, hint))
    return _SIMPLE[hint]


def _texts(checks: Any) -> st.SearchStrategy[str]:
    longest = next((check.max for check in checks if isinstance(check, validate.Length)), None)
    texts = st.text(CHARACTERS, min_size=1, max_size=min(longest or 40, 40))
    return texts.filter(lambda value: any(map(str.isprintable, value.strip())))


def _passes(check: Any, value: Any) -> bool:
    try:
        check(value)
    except validate.ValidationError:
        return False
    return True


_SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(0, 2**31 - 1),
    float: st.floats(-90, 90),
    UUID: st.uuids(),
    Decimal: st.decimals(0, 10**9, places=2),
    datetime: TIMES,
    date: st.dates(date(1900, 1, 1), date(2200, 12, 31)),
}
