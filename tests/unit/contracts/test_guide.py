"""The guide for authors of gateways lists every method, with its arguments as they count."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from portalctl.methods import Method, methods
from shared.contracts.declare import field_names

GUIDE = Path(__file__).parents[3] / "docs" / "gateway.md"
# What the guide says once for many methods.
_SAID_ONCE = {"at_least"}
ALL = methods()


def listed() -> dict[str, list[str]]:
    """Target → the arguments in the order of the tables; an optional one ends with `=`."""
    found = {}
    for section in re.split(r"^### ", GUIDE.read_text(), flags=re.MULTILINE)[1:]:
        service = section.partition("\n")[0].strip("`")
        for row in re.findall(r"^\| (`\w+\(.*?) \|", section, re.MULTILINE):
            for name, given in re.findall(r"`(\w+)\(([^)]*)\)`", row):
                arguments = [re.sub("=.*", "=", each.strip()) for each in given.split(",") if each.strip()]
                found[f"{service}.{name}"] = arguments
    return found


@pytest.mark.parametrize("method", ALL, ids=lambda method: method.target)
def test_a_methods_arguments_are_listed_in_the_order_in_which_they_count(method: Method):
    given = listed()[method.target]
    if given != ["…"]:
        defaults = {f.name: (f.default, f.default_factory) for f in fields(method.arguments)}
        optional = {name for name, default in defaults.items() if default != (MISSING, MISSING)}
        names = [name for name in field_names(method.arguments) if name not in _SAID_ONCE]
        assert given == [f"{name}=" if name in optional else name for name in names]


def test_no_method_is_listed_that_there_is_not():
    assert listed().keys() == {method.target for method in ALL}
