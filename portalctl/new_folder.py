"""A folder that a command fills: there once it is whole, or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


@contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """Make a folder that only its owner can read; where filling it fails, it goes. Raises ClickException."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise click.ClickException(f"{folder} is there already; name a new folder.") from None
    except OSError as error:
        raise click.ClickException(f"{folder} can't be made: {error.strerror}.") from None
    try:
        yield
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise click.ClickException(f"{folder} can't be written: {error.strerror}.") from None
        raise
