"""How pages write what they show."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from services.gateway import languages
from services.gateway.formatting import as_of

A_DAY_S = 24 * 3600


@pytest.fixture(autouse=True)
def in_german() -> Iterator[None]:
    app = Flask(__name__)
    languages.register(app)
    with app.app_context():
        yield


def test_a_view_is_of_a_time_today_or_of_another_day():
    assert re.fullmatch(r"Stand \d\d:\d\d\sUhr", as_of(0.0))
    assert re.fullmatch(r"Stand \d+\.\s\w+\s\d{4}, \d\d:\d\d\sUhr", as_of(3 * A_DAY_S))
