"""What `make check-security` lets be has a reason, and what could not run is not what found nothing."""

from collections.abc import Callable, Iterator

import pytest

from deploy.security import __main__ as check
from deploy.security import containers
from deploy.security.findings import Accepted, Finding, NotRun, accepted, open_ones

FOUND = Finding("bandit", "B101", "shared/x.py:7", "an assert")
LET_BE = Accepted("bandit", "B101", "shared/*", "says what can't happen")


def test_each_accepted_finding_has_its_reason():
    assert all(len(each.reason) > 10 for each in accepted())


@pytest.mark.parametrize(
    "other",
    [
        Finding("wapiti", "B101", "shared/x.py:7", ""),
        Finding("bandit", "B102", "shared/x.py:7", ""),
        Finding("bandit", "B101", "services/x.py:7", ""),
    ],
)
def test_only_the_findings_that_were_looked_at_are_let_be(other: Finding):
    assert open_ones([FOUND, other], [LET_BE]) == [other]


def _finds() -> Iterator[Finding]:
    yield FOUND


def _nothing() -> Iterator[Finding]:
    yield from ()


def _away() -> Iterator[Finding]:
    yield from ()
    raise NotRun("nobody can be asked")


def _breaks_off() -> Iterator[Finding]:
    yield FOUND
    raise NotRun("nobody can be asked any more")


@pytest.mark.parametrize(
    ("looks", "code"),
    [
        ([_nothing, _nothing], 0),
        ([_nothing, _finds], 1),
        ([_nothing, _away], 2),
        ([_away, _finds], 1),
        ([_breaks_off], 1),
    ],
)
def test_the_exit_code_says_whether_something_is_open_or_unknown(
    monkeypatch: pytest.MonkeyPatch, looks: list[Callable[[], Iterator[Finding]]], code: int
):
    monkeypatch.setattr(check, "CHECKS", {look.__name__: look for look in looks})
    assert check.main([]) == code


def test_manifests_that_nothing_can_put_together_are_not_manifests_without_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(check, "CHECKS", {"manifests": lambda: [containers.built("deploy/kubernetes")]})
    assert check.main([]) == 2
    assert "manifests: COULD NOT RUN to its end" in capsys.readouterr().out


def test_the_compose_file_is_read_with_a_value_for_each_of_its_variables():
    filled = containers.filled((containers.ROOT / containers.COMPOSE).read_text())
    assert "${" not in filled
    assert "mfr-portal:local" in filled
    assert "postgresql://postgres:given@postgresql:5432/portal" in filled
