"""Who stays connected tries again and again, waits longer each time, and starts small after success."""

from collections.abc import Callable

from kombu.connection import Connection

from shared.messaging import broker

NOWHERE = "amqp://127.0.0.1:1//"


def waits(losses: int, *, at_work: Callable[[int], bool]) -> tuple[list[float], list[BaseException]]:
    """How long was waited after so many losses, and of which losses was told; some came to work before."""
    waited: list[float] = []
    told: list[BaseException] = []

    def use(_connection: Connection, works: Callable[[], None]) -> None:
        if at_work(len(told)):
            works()
        raise OSError(f"loss {len(told)}")

    broker.stay_connected(
        NOWHERE,
        name="test",
        use=use,
        lost=told.append,
        stopping=lambda: len(told) == losses,
        wait=waited.append,
    )
    return waited, told


def test_each_wait_is_longer_up_to_a_bound_and_each_loss_is_told_of():
    waited, told = waits(7, at_work=lambda _number: False)
    assert waited == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5]
    assert [str(error) for error in told] == [f"loss {number}" for number in range(7)]


def test_who_was_at_work_waits_a_moment_only():
    waited, _ = waits(6, at_work=lambda number: number == 3)
    assert waited == [0.1, 0.2, 0.4, 0.1, 0.2, 0.4]


def test_an_unreachable_broker_is_a_loss():
    told: list[BaseException] = []
    broker.stay_connected(
        NOWHERE,
        name="test",
        use=lambda connection, _works: connection.connect(),
        lost=told.append,
        stopping=lambda: bool(told),
        wait=lambda _seconds: None,
    )
    assert isinstance(told[0], OSError)


def test_who_comes_back_was_asked_to_stop():
    used = []
    broker.stay_connected(
        NOWHERE,
        name="test",
        use=lambda connection, _works: used.append(connection),
        lost=lambda error: None,
        stopping=lambda: bool(used),
        wait=lambda _seconds: None,
    )
    assert len(used) == 1
