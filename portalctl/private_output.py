"""Where a command writes what not everybody may read."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click


@contextmanager
def private_output(target: Path | None) -> Iterator[TextIO]:
    """The terminal, or a file that only its owner can read, and that is there once it is whole.

    What is there already and is no file, /dev/null say, is written to and stays what it is.
    """
    if target is None:
        yield sys.stdout
        return
    try:
        with _special(target) if _is_special(target) else _file(target.resolve()) as out:
            yield out
    except OSError as error:
        raise click.ClickException(f"{target} can't be written: {error.strerror}.") from None


def _is_special(target: Path) -> bool:
    return target.exists() and not target.is_file()


def _special(target: Path) -> TextIO:
    return target.open("w", encoding="utf-8")


@contextmanager
def _file(target: Path) -> Iterator[TextIO]:
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            yield out
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
