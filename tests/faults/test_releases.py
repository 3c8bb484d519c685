"""Two releases of the portal side by side, of which one knows a newer version of an event."""

import os
import random
from pathlib import Path

import pytest

from tests.faults.oracle import judge
from tests.faults.seen import Seen
from tests.faults.trial import PATIENCE_S, PROCESSES, Trial

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
ROOT = Path(__file__).parents[2]
EARLIER = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent / "earlier"), str(ROOT)])}
EVENT, VERSIONS = "request_withdrawn", {1, 2}


def test_releases_work_side_by_side_whichever_process_is_updated_or_set_back_first(
    trial: Trial, few: int, seed: int
) -> None:
    chance = random.Random(seed)
    with trial.load(seed, patience=PATIENCE_S):
        unknown = trial.attempts.unknown()
        for _ in range(few):
            for release in (EARLIER, {}):
                for process in chance.sample(PROCESSES, len(PROCESSES)):
                    trial.roll(process, **release)
                    trial.some_work(5)
    assert trial.attempts.unknown() == unknown
    judge(trial)
    recorded = Seen.of(trial.engine).of_type(EVENT)
    assert {event.schema_version for event in recorded} == VERSIONS
