"""The same tests again, in a process that is monkey-patched, as the services and the gateway are."""

from pathlib import Path

import pytest

from tests.support.monkey_patched import passes_among_greenlets


@pytest.mark.parametrize("name", ["test_store.py", "test_waiting.py"])
def test_the_store_keeps_to_the_same_among_greenlets(name: str):
    passes_among_greenlets(Path(__file__).with_name(name))
