"""What a tool found, and what was looked at and let be, each with its reason, in `accepted.toml`."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ACCEPTED = Path(__file__).with_name("accepted.toml")


class NotRun(Exception):
    """A check could not be carried out; the text says why."""


@dataclass(frozen=True)
class Finding:
    """`rule` is the tool's own name of what is wrong, `where` a file and line, a package, or a page."""

    tool: str
    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.tool} {self.rule} at {self.where}: {self.what}"


@dataclass(frozen=True)
class Accepted:
    """Findings of a rule at places that a pattern names, and why they are no fault."""

    tool: str
    rule: str
    where: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return (self.tool, self.rule) == (finding.tool, finding.rule) and fnmatchcase(
            finding.where, self.where
        )


def accepted(path: Path = ACCEPTED) -> list[Accepted]:
    """What was accepted; raises TypeError for an entry without its reason."""
    return [Accepted(**entry) for entry in tomllib.loads(path.read_text())["accepted"]]


def open_ones(findings: Iterable[Finding], known: Sequence[Accepted]) -> list[Finding]:
    """The findings that nothing accepted covers."""
    return [finding for finding in findings if not any(each.covers(finding) for each in known)]
