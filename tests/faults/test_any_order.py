"""Work, crashes, repeated deliveries, resyncs, rebuilds and erasures in any order that Hypothesis draws."""

import random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.faults.kills import KILLS, RESYNC
from tests.faults.oracle import judge
from tests.faults.redelivery import redeliver
from tests.faults.trial import PATIENCE_S, Trial
from tests.integration.portalctl.commands import Portalctl
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]
STEPS = 8
FREQUENT = [kill for kill in KILLS if kill[1] not in RESYNC]


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_in_whatever_order_things_happen_nothing_is_lost_or_done_twice(
    trial: Trial, few: int, seed: int
) -> None:
    class Portal(RuleBasedStateMachine):
        """The trial under load; each example ends with the oracle's judgement."""

        def __init__(self) -> None:
            super().__init__()
            self._load = trial.load(seed)
            self._load.__enter__()

        @rule(count=st.integers(5, 40))
        def append(self, count: int) -> None:
            trial.some_work(count)

        @rule(kill=st.sampled_from(FREQUENT), count=st.integers(1, 4))
        def crash(self, kill: tuple[str, str], count: int) -> None:
            trial.kill_at(*kill, count)
            trial.restart(kill[0])

        @rule(chance=st.integers(0, 2**32))
        def duplicate(self, chance: int) -> None:
            redeliver(trial, random.Random(chance))

        @rule(number=st.integers(0, 3))
        def resync(self, number: int) -> None:
            trial.attempts.ask("portal_read.resync", trial.companies[number].customer.token)

        @rule()
        def rebuild(self) -> None:
            done = Portalctl(trial.stack.environment).run("projections", "rebuild", "--all")
            assert done.returncode == 0, done.stderr

        @rule(number=st.integers(0, 3))
        def erase(self, number: int) -> None:
            company = trial.companies[number]
            person = {"first_name": "Änne", "last_name": "Kurz", "email": f"{uuid4()}@example.com"}
            added = trial.stack.call(
                "customers.add_contact", company.staff.token, company_id=company.company_id, **person
            )
            command = ["privacy", "erase", "--yes", "--contact", added["contact_id"]]
            portalctl, certificate = Portalctl(trial.stack.environment), str(trial.folder / "erased.json")

            def is_erased() -> bool:
                return portalctl.run(*command, "--certificate", certificate).returncode == 0

            wait_until(is_erased, what="the person is erased", timeout=PATIENCE_S)

        def teardown(self) -> None:
            self._load.__exit__(None, None, None)
            judge(trial)

    run_state_machine_as_test(
        Portal,
        settings=settings(
            max_examples=few,
            stateful_step_count=STEPS,
            # An example takes a minute: what it found is in the logs, and isn't made smaller.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
