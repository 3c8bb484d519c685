"""A partition belongs to one owner at a time, and whoever was replaced is told when it tries to go on."""

import pytest
from sqlalchemy import Engine, select

from shared.eventlog.lease import Fenced, Lease, Leases
from shared.eventlog.log import partition_count
from shared.eventlog.tables import relay
from tests.integration.eventlog.given import at_once, eventually

LONG_S, SHORT_S = 60.0, 0.2


def leases(engine: Engine, owner: str, *, duration: float = LONG_S) -> Leases:
    return Leases(engine, relay, owner, duration=duration)


def save(engine: Engine, owner: Leases, lease: Lease, position: int) -> None:
    with engine.begin() as connection:
        owner.save(connection, [(lease, position)])


def saved(engine: Engine, partition: int) -> int:
    with engine.connect() as connection:
        statement = select(relay.c.position).where(relay.c.partition == partition)
        return connection.execute(statement).scalar_one()


def taken_over(engine: Engine) -> tuple[Leases, Lease, Leases, Lease]:
    """An owner whose lease ran out, and the one that then got the partition."""
    slow, quick = leases(engine, "slow", duration=SHORT_S), leases(engine, "quick")
    [old] = slow.acquire(1)
    new = eventually(lambda: next((one for one in quick.acquire() if one.partition == old.partition), None))
    return slow, old, quick, new


def test_two_owners_split_the_partitions(database: Engine):
    everything = partition_count(database)
    one = leases(database, "one").acquire(everything // 2)
    other = leases(database, "other").acquire()
    assert len(one) == everything // 2
    assert sorted(lease.partition for lease in one + other) == list(range(everything))


def test_owners_that_ask_at_once_never_get_the_same_partition(crowd: Engine):
    taken = at_once(10, lambda number: leases(crowd, f"owner {number}").acquire(2))
    partitions = [lease.partition for got in taken for lease in got]
    assert len(partitions) == len(set(partitions))
    rest = leases(crowd, "rest").acquire()
    assert len(partitions) + len(rest) == partition_count(crowd)


def test_a_lease_that_runs_is_nobody_elses(database: Engine):
    leases(database, "one").acquire()
    assert leases(database, "other").acquire() == []


def test_a_lease_that_ran_out_is_taken_over_at_the_saved_position(database: Engine):
    slow, quick = leases(database, "slow", duration=SHORT_S), leases(database, "quick")
    [old] = slow.acquire(1)
    save(database, slow, old, 17)
    eventually(lambda: not old.valid)
    new = eventually(lambda: next((one for one in quick.acquire() if one.partition == old.partition), None))
    assert (new.position, new.valid) == (17, True)
    assert new.fence > old.fence


def test_whoever_was_replaced_can_not_save(database: Engine):
    slow, old, quick, new = taken_over(database)
    save(database, quick, new, 5)
    with pytest.raises(Fenced, match=f"lost: {old.partition}"):
        save(database, slow, old, 4)
    assert saved(database, old.partition) == 5


def test_a_position_never_goes_back_and_whoever_is_behind_has_to_take_it_as_it_is(database: Engine):
    owner = leases(database, "one")
    [lease] = owner.acquire(1)
    save(database, owner, lease, 5)
    save(database, owner, lease, 5)
    with pytest.raises(Fenced, match=f"lost: {lease.partition}"):
        save(database, owner, lease, 4)
    assert saved(database, lease.partition) == 5
    owner.release([lease])
    assert [again.position for again in owner.acquire(1)] == [5]


def test_what_a_replaced_owner_wrote_goes_with_its_refused_position(database: Engine):
    slow, old, _, _ = taken_over(database)
    with database.connect() as connection:
        connection.execute(relay.update().where(relay.c.partition == old.partition).values(error="lost"))
        with pytest.raises(Fenced):
            slow.save(connection, [(old, 4)])
    with database.connect() as connection:
        statement = select(relay.c.error).where(relay.c.partition == old.partition)
        assert connection.execute(statement).scalar_one() is None


def test_whoever_was_replaced_can_neither_renew_nor_release(database: Engine):
    slow, old, quick, new = taken_over(database)
    assert slow.renew([old]) == [old]
    slow.release([old])
    assert quick.renew([new]) == []
    assert leases(database, "third").acquire() == []


def test_a_renewed_lease_goes_on(database: Engine):
    owner = leases(database, "one", duration=SHORT_S)
    [lease] = owner.acquire(1)
    eventually(lambda: not lease.valid)
    assert leases(database, "one").renew([lease]) == []
    assert lease.valid
    assert lease.partition not in [one.partition for one in leases(database, "other").acquire()]


def test_renewing_names_those_that_are_lost_and_keeps_the_others(database: Engine):
    slow, quick = leases(database, "slow", duration=SHORT_S), leases(database, "quick")
    leases(database, "rest").acquire(partition_count(database) - 2)
    mine = slow.acquire()
    [taken] = eventually(lambda: quick.acquire(1))
    [lost, kept] = sorted(mine, key=lambda lease: lease.partition != taken.partition)
    eventually(lambda: not kept.valid)
    assert slow.renew([lost, kept]) == [lost]
    assert (lost.valid, kept.valid) == (False, True)


def test_renewing_nothing_touches_nobodys_lease(database: Engine):
    owner, other = leases(database, "one", duration=SHORT_S), leases(database, "other")
    [lease] = owner.acquire(1)
    assert other.renew([]) == []
    eventually(lambda: not lease.valid)
    assert eventually(other.acquire)


def test_a_released_lease_is_free_at_once(database: Engine):
    owner, other = leases(database, "one"), leases(database, "other")
    mine = owner.acquire()
    owner.release(mine[:1])
    assert [lease.partition for lease in other.acquire()] == [mine[0].partition]


def test_a_row_that_somebody_works_on_is_passed_over_and_not_waited_for(database: Engine):
    with database.begin() as busy:
        busy.execute(select(relay).where(relay.c.partition == 0).with_for_update())
        assert 0 not in [lease.partition for lease in leases(database, "one").acquire()]
