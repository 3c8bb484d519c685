"""The same tests again, in a process that is monkey-patched, as `documents` is."""

from pathlib import Path

from tests.support.monkey_patched import passes_among_greenlets


def test_files_are_written_anew_just_so_among_greenlets():
    passes_among_greenlets(Path(__file__).with_name("test_apart.py"))


def test_turns_are_given_just_so_among_greenlets():
    passes_among_greenlets(Path(__file__).with_name("test_turns.py"))
