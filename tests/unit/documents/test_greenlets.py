"""The same tests again, in a process that is monkey-patched, as `documents` is."""

from pathlib import Path

from tests.support.monkey_patched import pass_among_greenlets

HERE = Path(__file__).parent


def test_files_are_written_anew_and_turns_are_given_just_so_among_greenlets():
    pass_among_greenlets(HERE / "test_apart.py", HERE / "test_turns.py")
