"""The same tests again, in a process that is monkey-patched, as the services and the gateway are."""

from pathlib import Path

from tests.support.monkey_patched import pass_among_greenlets

HERE = Path(__file__).parent


def test_the_store_keeps_to_the_same_among_greenlets():
    pass_among_greenlets(HERE / "test_store.py", HERE / "test_waiting.py")
