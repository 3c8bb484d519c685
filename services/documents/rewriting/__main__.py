"""Writes the file on standard input anew to standard output, in a process of its own: see `apart.py`."""

import os
import resource
import signal
import sys
from typing import BinaryIO

from services.documents.rewriting import films, pictures
from services.documents.rewriting.agreed import DAMAGED, MEMORY_BYTES, TOO_LARGE
from services.documents.rewriting.pictures import TooLarge


def main(media_type: str, most_bytes: int, seconds: float) -> int:
    """Returns 0 or why there is nothing on standard output; SIGALRM ends it after `seconds`."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    os.nice(5)
    _bound_memory()
    try:
        sys.stdout.buffer.write(_anew(sys.stdin.buffer, media_type, most_bytes))
    except (MemoryError, TooLarge):
        return TOO_LARGE
    except Exception as error:
        # Decoders raise anything at what they can't read.
        print(repr(error), file=sys.stderr)  # noqa: T201
        return DAMAGED
    return 0


def _anew(source: BinaryIO, media_type: str, most_bytes: int) -> bytes:
    if media_type.startswith("video/"):
        return films.blank(source.read())
    drawn = pictures.redraw(source, media_type)
    if len(drawn) > most_bytes:
        raise TooLarge
    return drawn


def _bound_memory() -> None:
    """Take no more than MEMORY_BYTES, or less where less is allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
