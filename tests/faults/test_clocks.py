"""Clocks of single machines are an hour wrong; order is by position, and what is refused is only that."""

import os
from pathlib import Path

import pytest

from tests.faults.oracle import judge
from tests.faults.trial import PROCESSES, Trial

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
HOUR_S = 3_600
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_whose_clock_is_wrong_may_refuse_but_loses_nothing(
    trial: Trial, process: str, hours: int, seed: int
) -> None:
    path = os.pathsep.join([str(Path(__file__).parent / "clocks"), str(ROOT)])
    with trial.load(seed, refusals=("unauthenticated",)):
        trial.some_work()
        trial.replace(process, PYTHONPATH=path, CLOCK_SHIFT_S=str(hours * HOUR_S))
        trial.some_work(10)
        trial.replace(process)
        for company in trial.companies:
            company.customer.forget()
            company.staff.forget()
        trial.some_work()
    judge(trial)
