"""Where a file lies: under its owner, by its content."""

import re
from dataclasses import dataclass
from uuid import UUID

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_LOCATION = re.compile(rf"{_UUID}/{_UUID}/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}")
INCOMING = "incoming"


@dataclass(frozen=True)
class Owner:
    """The company whose file it is; nobody reaches it by knowing its hash alone."""

    provider_id: UUID
    company_id: UUID

    def location(self, sha256: str) -> str:
        """Where the owner's file with this hash (64 hexadecimal digits) lies, or would lie."""
        return f"{self.provider_id}/{self.company_id}/{sha256[:2]}/{sha256}"


def is_location(text: str) -> bool:
    """Whether `text` is the location of a file."""
    return _LOCATION.fullmatch(text) is not None


def is_leftover(text: str) -> bool:
    """Whether `text` is the temporary name of an upload, which stays when its process was killed."""
    folder, _, name = text.partition("/")
    return folder == INCOMING and re.fullmatch(r"[0-9a-f]{32}", name) is not None
