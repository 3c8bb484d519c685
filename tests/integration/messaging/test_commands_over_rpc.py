"""A command is carried out once: repeated, redelivered, interrupted, or in a race with another."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from uuid_utils.compat import uuid7

from shared.contracts.errors import Conflict, DeadlineExceeded, Unavailable
from tests.integration.messaging.given import entered, kwargs
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire


@pytest.fixture
def company_id(samples: Samples, staff: str) -> str:
    return samples.register(staff)


def names(samples: Samples, company_id: str) -> list[str]:
    """The names that a company was given, one an event."""
    return [recorded.payload["name"] for recorded in samples.history(company_id)][1:]


def test_the_same_command_id_again_gives_the_first_answer(samples: Samples, staff: str, company_id: str):
    command = {"company_id": company_id, "name": "once", "command_id": str(uuid7())}
    first = samples.call("sample.rename", staff, **command)
    assert samples.call("sample.rename", staff, **command) == first
    assert names(samples, company_id) == ["once"]


def test_the_same_command_id_at_the_same_time_waits_for_the_first_answer(
    samples: Samples, staff: str, company_id: str, gate: Path, threads: ThreadPoolExecutor
):
    command = {"company_id": company_id, "name": "once", "command_id": "c", "gate": str(gate)}
    calls = [threads.submit(samples.call, "sample.rename", staff, **command) for _ in range(4)]
    entered(gate)
    gate.touch()
    answers = [call.result(10) for call in calls]
    assert answers == [answers[0]] * 4
    assert names(samples, company_id) == ["once"]


def test_the_same_command_id_with_other_arguments_is_refused(samples: Samples, staff: str, company_id: str):
    samples.call("sample.rename", staff, company_id=company_id, name="one", command_id="c-1")
    with pytest.raises(Conflict):
        samples.call("sample.rename", staff, company_id=company_id, name="two", command_id="c-1")
    assert names(samples, company_id) == ["one"]


def test_what_is_not_remembered_is_done_once_and_leaves_nothing_to_guess_a_secret_by(
    samples: Samples, staff: str, company_id: str
):
    for name in ("one", "two"):
        command = {"company_id": company_id, "name": name, "command_id": f"{company_id} {name}"}
        assert samples.call("sample.rename_secretly", staff, **command)["names"][-1] == name
        with pytest.raises(Unavailable, match="look before you repeat it"):
            samples.call("sample.rename_secretly", staff, **command)
    assert names(samples, company_id) == ["one", "two"]
    kept = "FROM eventlog.commands WHERE scope LIKE 'sample.rename_secretly %' AND command_id LIKE :id"
    assert samples.query(f"SELECT result {kept}", id=f"{company_id} %") == [None, None]
    assert len(samples.query(f"SELECT DISTINCT digest {kept}", id=f"{company_id} %")) == 1


def test_another_callers_command_id_is_another_command(samples: Samples, staff: str, company_id: str):
    command = {"company_id": company_id, "name": "twice", "command_id": str(uuid7())}
    first = samples.call("sample.rename", staff, **command)
    second = samples.call("sample.rename", samples.staff(), **command)
    assert (len(first["names"]), len(second["names"])) == (2, 3)
    assert names(samples, company_id) == ["twice", "twice"]


def test_a_command_that_failed_can_be_repeated_with_its_id(samples: Samples, staff: str):
    company_id = str(uuid7())
    command = {"company_id": company_id, "name": "x", "command_id": str(uuid7())}
    with pytest.raises(Exception, match="No such company"):
        samples.call("sample.rename", staff, **command)
    samples.call("sample.register", staff, company_id=company_id, name="there")
    samples.call("sample.rename", staff, **command)
    assert names(samples, company_id) == ["x"]


def test_commands_in_a_race_are_all_carried_out(
    samples: Samples, staff: str, company_id: str, threads: ThreadPoolExecutor, tmp_path: Path
):
    """Each of them decides on the same version; all but one meet a conflict and decide anew."""
    gate = tmp_path / "race"
    calls = [
        threads.submit(
            samples.call, "sample.rename", staff, company_id=company_id, name=f"n{n}", gate=str(gate)
        )
        for n in range(3)
    ]
    entered(gate, times=3)
    gate.touch()
    positions = {call.result(15)["position"] for call in calls}
    assert len(positions) == 3
    assert sorted(names(samples, company_id)) == ["n0", "n1", "n2"]
    assert len(entered(gate, times=4)) > 3


def test_a_command_whose_caller_gives_up_meanwhile_is_not_carried_out(
    samples: Samples, staff: str, company_id: str, gate: Path
):
    with pytest.raises(DeadlineExceeded):
        samples.client.call(
            "sample",
            "rename",
            auth_token=staff,
            timeout=0.5,
            company_id=company_id,
            name="late",
            gate=str(gate),
        )
    gate.touch()
    wait_until(lambda: open_transactions(samples) == 0, what="the command has ended")
    assert names(samples, company_id) == []


def open_transactions(samples: Samples) -> int:
    count: int = samples.query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'portal' AND state <> 'idle'"
    )[0]
    return count


def test_a_call_waits_in_the_queue_no_longer_than_its_caller(samples: Samples, staff: str, bare: Wire):
    samples.run("absent")
    company_id = samples.register(staff, service="absent")
    assert samples.end("absent") == 0
    with pytest.raises(DeadlineExceeded):
        samples.client.call(
            "absent", "rename", auth_token=staff, timeout=0.3, company_id=company_id, name="late"
        )
    wait_until(lambda: bare.depth("rpc-absent") == 0, what="the broker has dropped the call")
    samples.run("absent")
    samples.call("absent.pid")
    assert names(samples, company_id) == []
    assert samples.end("absent") == 0


@pytest.mark.parametrize("known", [True, False], ids=["with a command id", "without one"])
def test_a_killed_workers_command_is_carried_out_by_another_once_or_refused(
    samples: Samples, bare: Wire, staff: str, company_id: str, gate: Path, known: bool
):
    """It comes again, marked as redelivered: without an id nobody can tell how far it had come."""
    name = f"relief-{known}".lower()
    samples.run(name, process=f"{name}-1")
    headers = {"nameko.auth_token": staff, "nameko.deadline": int(time.time()) + 60}
    if known:
        headers["nameko.command_id"] = str(uuid7())
    body = kwargs(company_id=company_id, name="relieved", gate=str(gate))
    key = bare.reply_queue()
    bare.publish(f"{name}.rename", body, headers=headers, reply_to=key, correlation_id="c")
    first = entered(gate)[0]
    samples.kill(f"{name}-1")
    gate.touch()
    second = samples.run(name, process=f"{name}-2").pid
    answer = bare.reply("c")
    if known:
        assert answer["result"]["pid"] == second != first
        assert names(samples, company_id) == ["relieved"]
    else:
        assert answer["error"]["code"] == "unavailable"
        assert names(samples, company_id) == []
    assert samples.end(f"{name}-2") == 0


def test_a_command_of_nobody_known_is_refused_when_it_comes_again(
    samples: Samples, gate: Path, threads: ThreadPoolExecutor
):
    samples.run("nobody", process="nobody-1")
    call = threads.submit(samples.call, "nobody.enter", gate=str(gate))
    entered(gate)
    samples.kill("nobody-1")
    samples.run("nobody", process="nobody-2")
    with pytest.raises(Unavailable, match="look before you repeat it"):
        call.result(15)
    assert len(entered(gate)) == 1
    assert samples.end("nobody-2") == 0
