"""A copy made under load becomes a portal that goes on where the copy was made."""

import secrets
from pathlib import Path

import pytest

from tests.faults.oracle import judge
from tests.faults.other_portal import OtherPortal, events_in
from tests.faults.trial import Trial
from tests.integration.portalctl.commands import Portalctl
from tests.support.mail import catching

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("down", [False, True], ids=["all at work", "notifications down"])
def test_a_portal_restored_from_a_copy_made_under_load_goes_on_without_a_doubled_mail_or_position(
    trial: Trial, tmp_path: Path, seed: int, down: bool
) -> None:
    copy = str(tmp_path / "copy")
    with trial.load(seed):
        trial.some_work()
        if down:
            # The copy has events, then, that it has no row of in its ledger.
            trial.end("notifications")
            trial.some_work(10)
        made = Portalctl(trial.stack.environment).run("backup", copy)
        assert made.returncode == 0, made.stderr
        if down:
            trial.restart("notifications")
        trial.some_work()
    judge(trial)

    elsewhere = f"elsewhere_{secrets.token_hex(4)}"
    trial.postgresql.create_database(elsewhere)
    with catching(tmp_path / "mail") as mails:
        other = OtherPortal(trial, trial.postgresql.uri(elsewhere), mails, tmp_path)
        restored = other.portalctl.json("restore", copy)
        assert "not empty" in other.portalctl.run("restore", copy).stderr
        before, copied = events_in(trial.database_url), other.events()
        assert len(copied) == sum(restored["heads"].values())
        assert copied == {at: event for at, event in before.items() if at in copied}
        assert len(copied) < len(before)
        assert restored["files"] == len(trial.companies)
        other.must_go_on()
