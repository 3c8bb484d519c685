"""A content-addressed file store on whatever fsspec reaches: a folder, S3, memory."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar
from uuid import uuid4

import fsspec
import structlog
from fsspec.implementations.local import LocalFileSystem

from shared.config import ConfigurationError
from shared.contracts.errors import NotFound, Unavailable, ValidationFailed
from shared.files.location import INCOMING, Owner, is_leftover, is_location
from shared.files.threads import in_thread, use_real_threads

CHUNK_BYTES = 1024 * 1024
# Without them a peer that has fallen silent would keep a thread for minutes.
_S3_TIMEOUTS = {"config_kwargs": {"connect_timeout": 5, "read_timeout": 20}}
_OPTIONS: dict[str, dict[str, Any]] = {"s3": _S3_TIMEOUTS, "s3a": _S3_TIMEOUTS}
P = ParamSpec("P")
T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StoredFile:
    """`size` is in bytes."""

    sha256: str
    size: int


class FileTooLarge(ValidationFailed):
    """An upload was longer than allowed; nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__({"file": [f"May have at most {limit // 1024**2} MiB."]})


class FileStore:
    """Files by location; for threads and for greenlets, which go on while one of them waits here.

    What can't be reached raises Unavailable.
    """

    def __init__(self, url: str) -> None:
        """`url` is fsspec's, such as `file:///srv/portal/files` or `s3://bucket/portal`.

        Raises ConfigurationError.
        """
        if "://" not in url:
            raise ConfigurationError("PORTAL_FILES must be a URL such as file:///srv/portal/files or s3://…")
        use_real_threads()
        try:
            self._fs, root = in_thread(_file_system, url)
        except (ImportError, ValueError) as error:
            raise ConfigurationError(f"PORTAL_FILES can't be used: {error}") from None
        self._root = root.rstrip("/")

    def put(self, owner: Owner, chunks: Iterable[bytes], *, limit: int) -> StoredFile:
        """Store what comes in `chunks`, `limit` bytes at most; content that is there gets young again.

        The file is there as a whole or not at all. Raises FileTooLarge.
        """
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(prefix="portal-upload-") as spool:

            def take(chunk: bytes) -> None:
                digest.update(chunk)
                spool.write(chunk)

            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise FileTooLarge(limit)
                in_thread(take, chunk)
            spool.flush()
            stored = StoredFile(digest.hexdigest(), size)
            try:
                self._ask(self._place, spool.name, self._path(owner.location(stored.sha256)))
            except NotFound:
                raise _unreachable("the folder or the bucket is not there") from None
        return stored

    def chunks(self, location: str) -> Iterator[bytes]:
        """The content, a MiB at a time. Raises NotFound, also when the file is gone before its end."""
        path = self._path(location)
        for start in range(0, self.size(location), CHUNK_BYTES):
            # By ranges, since a memory file system has one reading position for all who read a file.
            chunk: bytes = self._ask(self._fs.cat_file, path, start=start, end=start + CHUNK_BYTES)
            yield chunk

    def size(self, location: str) -> int:
        """In bytes. Raises NotFound."""
        return int(self._ask(self._fs.size, self._path(location)))

    def modified(self, location: str) -> datetime:
        """When the file was put here last. Raises NotFound."""
        modified: datetime = self._ask(self._fs.modified, self._path(location))
        return modified

    def delete(self, location: str) -> None:
        """Remove a file; one that is not there is no error."""
        try:
            self._ask(self._fs.rm_file, self._path(location))
        except NotFound:
            return

    def locations(self, *, after: str = "") -> Iterator[str]:
        """What lies here behind `after`, in order, temporary names of killed uploads among it.

        A company's files are listed at once, the next company's when they are asked for.
        """
        passed = after.split("/")
        for top in self._entries(self._root, passed[:1]):
            for folder in self._entries(top, passed[:2]):
                for path in self._listed(self._fs.find, folder):
                    location = self._location(path)
                    if location > after and (is_location(location) or is_leftover(location)):
                        yield location

    def _entries(self, folder: str, passed: list[str]) -> list[str]:
        """What lies in a folder, in order, but for what comes before the place that was passed."""
        entries = self._listed(self._fs.ls, folder, detail=False)
        return [entry for entry in entries if self._location(entry).split("/") >= passed]

    def _listed(self, listing: Callable[..., Iterable[str]], *args: Any, **kwargs: Any) -> list[str]:
        try:
            return sorted(self._ask(listing, *args, **kwargs))
        except NotFound:
            return []

    def _place(self, source: str, path: str) -> None:
        """Put a local file in place, in one step: object stores do it so, others by a temporary name."""
        if self._fs.async_impl:
            self._fs.put_file(source, path)
            return
        temporary = f"{self._root}/{INCOMING}/{uuid4().hex}"
        for each in (temporary, path):
            self._fs.makedirs(self._fs._parent(each), exist_ok=True)
        self._fs.put_file(source, temporary)
        self._persist(temporary)
        self._fs.mv(temporary, path)
        self._persist(self._fs._parent(path))

    def _persist(self, path: str) -> None:
        """Have a local disk keep what was written, whatever happens to the machine."""
        if isinstance(self._fs, LocalFileSystem):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _path(self, location: str) -> str:
        if not (is_location(location) or is_leftover(location)):
            raise ValueError(f"{location!r} is no location of a file")
        return f"{self._root}/{location}"

    def _location(self, path: str) -> str:
        return str(path).removeprefix(self._root).strip("/")

    def _ask(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the file system; its errors, which depend on its kind, become ours."""
        try:
            return in_thread(function, *args, **kwargs)
        except FileNotFoundError:
            raise NotFound("file") from None
        except Exception as error:
            raise _unreachable(repr(error)) from error


def _unreachable(reason: str) -> Unavailable:
    _log.warning("file_store_failed", error=reason)
    return Unavailable("The file store can't be reached; try again in a moment.")


def _file_system(url: str) -> tuple[Any, str]:
    options = _OPTIONS.get(url.partition("://")[0], {})
    made: tuple[Any, str] = fsspec.url_to_fs(
        url, use_listings_cache=False, skip_instance_cache=True, **options
    )
    return made
