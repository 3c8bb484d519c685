"""How long a guesser waits, and that what is kept of them does not tell whom they tried."""

from datetime import timedelta

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.invitation.throttle import ADDRESS, ADDRESS_ALONE, CLIENT, Counter, of_sign_in

LIMITS = st.sampled_from([ADDRESS, ADDRESS_ALONE, CLIENT])


@for_all(LIMITS, st.integers(0, 10**6))
def test_the_wait_grows_with_each_failure_up_to_a_limit(limit, failures):
    assert limit.wait(failures) <= limit.wait(failures + 1) <= limit.longest


@for_all(LIMITS)
def test_the_first_failures_cost_nothing_and_the_next_ones_double(limit):
    assert limit.wait(limit.free - 1) == timedelta()
    assert [limit.wait(limit.free + more) for more in range(3)] == [timedelta(seconds=s) for s in (1, 2, 4)]


def test_the_address_counts_for_each_client_by_itself():
    one, other = (of_sign_in("zoe@example.com", client) for client in ("192.0.2.1", "192.0.2.2"))
    assert {counter.key for counter in one}.isdisjoint(counter.key for counter in other)


def test_who_does_not_say_where_from_keeps_nobody_out_for_long():
    (counter,) = of_sign_in("zoe@example.com", None)
    assert counter.limit.wait(10**6) <= timedelta(seconds=10)


def test_a_key_tells_neither_address_nor_client():
    key = Counter(ADDRESS, ["zoe@example.com", "192.0.2.1"]).key
    assert len(key) == 32
    assert b"zoe" not in key
    assert Counter(ADDRESS, ["a", "bc"]).key != Counter(ADDRESS, ["ab", "c"]).key
