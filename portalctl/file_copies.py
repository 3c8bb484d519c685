"""The files of a copy: which there are, which are missing, and their way from one store to another."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import click

from shared.contracts.errors import NotFound, Unavailable
from shared.files.location import Owner, is_location
from shared.files.store import FileStore

_FILES = "files"
_NO_LIMIT = 2**62


def files_in(folder: Path) -> FileStore:
    """The file store of the copy in a folder."""
    (folder / _FILES).mkdir(mode=0o700, exist_ok=True)
    return FileStore((folder / _FILES).absolute().as_uri())


def has_files(store: FileStore) -> bool:
    """Whether anything lies there. Raises ClickException."""
    with _reasons():
        return any(map(is_location, store.locations()))


def copy_files(source: FileStore, target: FileStore) -> set[str]:
    """Copy what is not there yet; returns the locations of what is there then. Raises ClickException.

    What is deleted meanwhile is left out, and so is what is not what its location says: damaged.
    """
    with _reasons():
        there = set(filter(is_location, target.locations()))
        return {
            location
            for location in filter(is_location, source.locations())
            if location in there or _is_copied(source, target, location)
        }


def must_be_there(missing: Collection[str], where: str) -> None:
    """End a command that has done what it could, but had not all files. Raises ClickException."""
    if missing:
        raise click.ClickException(
            f"Of the files that the database refers to, {len(missing)} are not in {where}, or damaged there:"
            f" {min(missing)}{' and others' if len(missing) > 1 else ''}."
        )


def _is_copied(source: FileStore, target: FileStore, location: str) -> bool:
    provider_id, company_id, *_ = location.split("/")
    owner = Owner(UUID(provider_id), UUID(company_id))
    try:
        stored = target.put(owner, source.chunks(location), limit=_NO_LIMIT)
    except NotFound:
        return False
    return owner.location(stored.sha256) == location


@contextmanager
def _reasons() -> Iterator[None]:
    """Say what it was that failed, to who can do something about it."""
    try:
        yield
    except Unavailable as error:
        raise click.ClickException(f"The files can't be copied: {error.__cause__ or error.message}") from None
    except OSError as error:
        raise click.ClickException(f"The files can't be copied: {error}") from None
