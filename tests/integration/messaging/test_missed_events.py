"""What a subscription's queue has lost is made up for from the log, once in effect."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, text

from shared.eventlog.missed import Missed, give_up, overdue
from tests.integration.messaging.given import marks, publish, registered
from tests.integration.messaging.reactions import QUEUE, effects, handled
from tests.support.metrics import look, value
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import wire

TYPE = "company_registered"


def relayed(engine: Engine) -> None:
    """Have all count as published that is in the log."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE eventlog.relay SET position = head"
                " FROM eventlog.partitions WHERE partitions.partition = relay.partition"
            )
        )


def began(samples: Samples) -> None:
    wait_until(
        lambda: samples.query("SELECT position FROM eventlog.subscriptions"), what="the subscription looks"
    )


def test_a_lost_event_is_handled_and_when_it_comes_after_all_it_is_not_again(alone: Samples, name: str):
    early = registered(alone.engine, f"{name}, before there was a subscription")
    relayed(alone.engine)
    alone.run("sample")
    began(alone)
    lost = registered(alone.engine, name)
    relayed(alone.engine)
    wait_until(lambda: effects(alone, name, lost) == (1, 1, 1), what="it is made up for")
    last = registered(alone.engine, f"{name}, the last")
    with wire(alone.amqp_uri) as bare:
        publish(bare, lost)
        publish(bare, last)
    wait_until(lambda: handled(alone, last), what="all deliveries have been handled")
    assert effects(alone, name, lost) == (1, 1, 1)
    assert not handled(alone, early)


def test_one_that_fails_holds_up_no_other_and_counts_as_overdue_until_it_is_given_up(
    alone: Samples, name: str, tmp_path: Path
):
    alone.run("sample")
    began(alone)
    mark = tmp_path / "mark"
    failing = registered(alone.engine, f"fail {name}", number=str(mark))
    behind = registered(alone.engine, name)
    relayed(alone.engine)
    wait_until(lambda: handled(alone, behind), what="the next one is made up for")
    assert marks(f"{mark}.failed") == 1
    wait_until(lambda: _unhandled(alone) == 1, what="the one that fails is told of")
    with alone.engine.begin() as connection:
        assert overdue(connection, QUEUE, TYPE, minutes=0) == 1
        assert overdue(connection, QUEUE, TYPE, minutes=10) == 0
        give_up(connection, QUEUE, UUID(failing.message_id))
        assert overdue(connection, QUEUE, TYPE, minutes=0) == 0
    wait_until(lambda: _unhandled(alone) == 0, what="none is left")


def test_one_that_the_database_went_away_from_is_tried_again_at_the_next_look(
    alone: Samples, name: str, tmp_path: Path
):
    alone.run("sample")
    began(alone)
    mark = tmp_path / "mark"
    cut_off = registered(alone.engine, f"cut off {name}", number=str(mark))
    relayed(alone.engine)
    wait_until(lambda: handled(alone, cut_off), what="it is made up for")
    assert marks(mark) == 1


def test_what_is_missed_is_found_once_it_had_time_and_how_far_all_is_handled_survives_a_restart(
    database: Engine, name: str
):
    missed = Missed(database, QUEUE, TYPE)
    assert not missed.look()
    wanted = [registered(database, f"{name} {number}").message_id for number in range(7)]
    relayed(database)
    assert not missed.look(), "they were published only now"
    found = missed.look()
    assert [str(each.event_id) for each in found] == wanted
    with database.begin() as connection:
        for event_id in [*wanted[:3], wanted[5]]:
            give_up(connection, QUEUE, UUID(event_id))
    assert [str(each.event_id) for each in missed.look()] == [wanted[3], wanted[4], wanted[6]]
    assert _complete(database) == found[2].position
    restarted = Missed(database, QUEUE, TYPE)
    restarted.look()
    assert [str(each.event_id) for each in restarted.look()] == [wanted[3], wanted[4], wanted[6]]


def _unhandled(samples: Samples) -> float:
    """How many the process itself says that it has not handled."""
    status, shown = look(samples.metrics_ports["sample"], "/metrics")
    assert status == 200
    return value(shown, "portal_subscription_unhandled_events", queue=QUEUE)


def _complete(engine: Engine) -> int:
    """Up to where all is handled, in the only partition that has something."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT max(position) FROM eventlog.subscriptions")).scalar_one())
