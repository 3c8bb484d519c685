"""Has a file written anew by a process of its own, which may use so much memory and time and no more.

A decoder that stalls, swells or crashes at what somebody sent harms no other call, and its process knows
none of the portal's secrets.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import structlog

from services.documents.rewriting.agreed import DAMAGED, MEGAPIXELS, TOO_LARGE
from shared.contracts.documents import FILE_BYTES
from shared.contracts.errors import Unavailable, ValidationFailed
from shared.files.store import CHUNK_BYTES
from shared.files.threads import in_thread

# Within PORTAL_DRAIN_TIMEOUT, and with the wait for a turn within the time that a transaction may rest.
LONGEST_S = 15.0
_SHORTEST_S = 0.001
_ROOT = Path(__file__).parents[3]
# More than one arena would use up the memory that may be used for nothing.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}
_log = structlog.get_logger(__name__)


@contextmanager
def rewritten(
    chunks: Iterable[bytes], media_type: str, *, remaining: Callable[[], float]
) -> Iterator[Iterable[bytes]]:
    """What the file becomes, for the block; it lies on the disk meanwhile, under no name.

    `remaining` tells how many seconds there are. Raises ValidationFailed for what can't be read or is too
    large, Unavailable when it takes too long.
    """
    with TemporaryFile() as before, TemporaryFile() as after:
        for chunk in chunks:
            in_thread(before.write, chunk)
        before.seek(0)
        _run(media_type, before, after, min(remaining(), LONGEST_S))
        after.seek(0)
        yield iter(partial(after.read, CHUNK_BYTES), b"")


def _run(media_type: str, before: IO[bytes], after: IO[bytes], seconds: float) -> None:
    # It ends itself in time, also where nobody is there any more to end it.
    ran = subprocess.run(
        [sys.executable, "-m", __package__, media_type, str(FILE_BYTES), str(max(seconds, _SHORTEST_S))],
        stdin=before,
        stdout=after,
        stderr=subprocess.PIPE,
        cwd=_ROOT,
        env=_ENVIRONMENT,
    )
    if ran.returncode:
        raise _refusal(ran, media_type)


def _refusal(ran: subprocess.CompletedProcess[bytes], media_type: str) -> Exception:
    """A decoder that crashed met what is damaged as well as one that said so."""
    if ran.returncode == -signal.SIGALRM:
        return Unavailable("The file takes too long to be taken in; try again, or with a smaller one.")
    if ran.returncode == TOO_LARGE:
        too_large = f"The picture is too large; send one of at most {MEGAPIXELS} megapixels."
        return ValidationFailed({"size": [too_large]})
    said = ran.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    if ran.returncode != DAMAGED and ran.returncode > 0:
        return RuntimeError(said)
    _log.warning("file_not_rewritten", media_type=media_type, code=ran.returncode, error=said)
    return ValidationFailed({"sha256": [f"The file is damaged: it can't be read as {media_type}."]})
