"""Processes are killed at any point of their work, ended, replaced, doubled and paused under load."""

import random
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.kills import KILLS, REBUILD, RESYNC
from tests.faults.oracle import judge
from tests.faults.trial import PATIENCE_S, PROCESSES, Trial
from tests.integration.portalctl.commands import Portalctl
from tests.support.waiting import wait_until

KILLED = list(dict.fromkeys(process for process, _ in KILLS))


@pytest.mark.timeout(1800)
def test_each_process_is_killed_once_and_nothing_is_lost_or_done_twice(trial: Trial, seed: int) -> None:
    chance = random.Random(seed)
    with trial.load(seed):
        for process in ("requests", "orders", "relay", "portal_read", "notifications"):
            failpoint = chance.choice([point for name, point in KILLS if name == process])
            trial.kill_at(process, failpoint, _count(failpoint, chance))
            trial.restart(process)
    judge(trial)


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_processes_killed_at_every_point_of_their_work_lose_nothing_and_repeat_nothing(
    trial: Trial, rounds: int, seed: int
) -> None:
    """All kinds at the same time, each at one point after the other; judged after each round."""
    for number in range(1, rounds + 1):
        print(f"round {number}")
        with trial.load(seed + number), ThreadPoolExecutor(len(KILLED)) as pool:
            kills = [pool.submit(_kill_at_each_point, trial, each, seed + number) for each in KILLED]
        for kill in kills:
            kill.result()
        judge(trial)


@pytest.mark.long
@pytest.mark.timeout(2 * 3600)
def test_a_rebuild_killed_at_any_point_is_finished_by_the_next_one(
    trial: Trial, rounds: int, seed: int
) -> None:
    chance = random.Random(seed)
    portalctl = Portalctl(trial.stack.environment)
    for number in range(1, rounds + 1):
        print(f"round {number}")
        with trial.load(seed + number):
            for point in REBUILD:
                fatal = {"PORTAL_FAILPOINTS": f"{point}=kill@{chance.randint(1, 3)}"}
                killed = portalctl.run("projections", "rebuild", "--all", "--workers", "1", **fatal)
                assert "run the same command again" in killed.stderr
            done = portalctl.run("projections", "rebuild", "--all")
            assert done.returncode == 0, done.stderr
        judge(trial)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_rolling_restart_under_load_answers_every_call(trial: Trial, seed: int) -> None:
    """Each successor is there before its predecessor is asked to go, as any roll-out does it."""
    with trial.load(seed, patience=PATIENCE_S):
        before = trial.attempts.unknown()
        for name in PROCESSES:
            trial.roll(name)
        assert trial.attempts.unknown() == before
    assert trial.attempts.unknown() == before
    judge(trial)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_processes_ended_under_load_finish_what_they_have_or_hand_it_back(
    trial: Trial, few: int, seed: int
) -> None:
    with trial.load(seed, patience=PATIENCE_S):
        before = trial.attempts.unknown()
        for _ in range(few):
            for process in PROCESSES:
                trial.replace(process)
    assert trial.attempts.unknown() == before
    judge(trial)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_of_everything_do_the_work_of_one(trial: Trial, few: int, seed: int) -> None:
    """And when one of the two is killed, the other one goes on."""
    for name in PROCESSES:
        trial.start(name, process=f"second {name}")
    with trial.load(seed):
        for _ in range(few):
            for name in PROCESSES:
                trial.kill(name)
                trial.restart(name)
    judge(trial)
    for name in PROCESSES:
        trial.end(f"second {name}")
        del trial.stack.processes[f"second {name}"]


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("process", ["relay", "portal_read", "notifications", "orders", "requests"])
def test_a_process_paused_beyond_its_lease_finds_itself_replaced(
    trial: Trial, process: str, few: int, seed: int
) -> None:
    trial.start(process, process="second")
    with trial.load(seed) as attempts:
        for _ in range(few):
            paused = trial.stack.processes[process]
            paused.send_signal(signal.SIGSTOP)
            owner = trial.owners(process)
            wait_until(
                lambda owner=owner: not owner & trial.owners(process), what="replaced", timeout=PATIENCE_S
            )
            made = len(list(attempts))
            wait_until(
                lambda made=made: len(list(attempts)) > made + 40, what="work goes on", timeout=PATIENCE_S
            )
            paused.send_signal(signal.SIGCONT)
    judge(trial)
    trial.end("second")
    del trial.stack.processes["second"]


def _kill_at_each_point(trial: Trial, process: str, seed: int) -> None:
    chance = random.Random(f"{seed} {process}")
    points = [failpoint for name, failpoint in KILLS if name == process]
    for failpoint in chance.sample(points, len(points)):
        count = _count(failpoint, chance)
        trial.kill_at(process, failpoint, count)
        print(f"{process} killed at {failpoint}, reached for the {count}. time")
    trial.restart(process)


def _count(failpoint: str, chance: random.Random) -> int:
    """At which time that it comes there; a resync is too rare to wait for the fourth."""
    return 1 if failpoint in RESYNC else chance.randint(1, 4)
