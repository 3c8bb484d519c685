"""`make check-security` ends with 0 when nothing is open, 1 when something is, 2 when a check did not run."""

import sys
from collections.abc import Callable, Iterable

from deploy.security import code, containers, dependencies, pages
from deploy.security.findings import Finding, NotRun, accepted, open_ones

CHECKS: dict[str, Callable[[], Iterable[Finding]]] = {
    "code": code.look,
    "dependencies": dependencies.look,
    "containers": containers.look,
    "pages": pages.look,
}
OPEN, NOT_RUN = 1, 2


def main(names: Iterable[str]) -> int:
    """Carry out the named checks, or all."""
    codes = {_check(name) for name in list(names) or CHECKS}
    return next((code for code in (OPEN, NOT_RUN) if code in codes), 0)


def _check(name: str) -> int:
    print(f"{name} …", flush=True)
    found: list[Finding] = []
    reason = None
    try:
        for finding in CHECKS[name]():
            found.append(finding)
    except NotRun as not_run:
        reason = not_run
    left = open_ones(found, accepted())
    for finding in left:
        print(f"  {finding}")
    print(f"{name}: {len(left)} open, {len(found) - len(left)} accepted with a reason.")
    if reason:
        print(f"{name}: COULD NOT RUN to its end, so it says nothing of the rest: {reason}")
    return OPEN if left else NOT_RUN if reason else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
