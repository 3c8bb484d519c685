"""What a fold says of a row holds in the order in which it is said."""

from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.projections.rows import Rows, TableChanges

A, B = UUID(int=1), UUID(int=2)
KEYS = st.sampled_from([A, B])
VALUES = st.fixed_dictionaries({"title": st.integers(0, 3), "status": st.integers(0, 3)})
PARTS = st.fixed_dictionaries({}, optional={"title": st.integers(0, 3), "status": st.integers(0, 3)})
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), KEYS, VALUES),
        st.tuples(st.just("update"), KEYS, PARTS),
        st.tuples(st.just("delete"), KEYS, st.just({})),
    ),
    max_size=12,
)


@pytest.fixture
def rows() -> Rows:
    return Rows({"requests": None, "sites": None})


def test_tables_are_reached_by_their_names_and_apart_from_each_other(rows: Rows):
    rows.requests.insert(A, title="Heizung")
    assert (rows.changes["requests"].whole, rows.changes["sites"].whole) == ({A: {"title": "Heizung"}}, {})


def test_a_table_that_the_projection_does_not_have_is_named(rows: Rows):
    with pytest.raises(AttributeError, match="no table invoices"):
        _ = rows.invoices


def test_an_update_of_a_row_that_is_not_in_the_batch_changes_its_columns_alone(rows: Rows):
    rows.requests.update(A, status="accepted")
    rows.requests.update(A, note="Bis bald.")
    assert rows.requests.patches == {A: {"status": "accepted", "note": "Bis bald."}}


def test_an_update_of_a_row_of_the_batch_is_part_of_it(rows: Rows):
    rows.requests.insert(A, title="Heizung", status="submitted")
    rows.requests.update(A, status="accepted")
    assert rows.requests.whole == {A: {"title": "Heizung", "status": "accepted"}}
    assert rows.requests.patches == {}


def test_a_deleted_row_is_gone_whatever_was_said_before(rows: Rows):
    rows.requests.insert(A, title="Heizung")
    rows.requests.update(B, title="Kessel")
    rows.requests.delete(A)
    rows.requests.delete(B)
    assert (rows.requests.whole, rows.requests.patches, rows.requests.gone) == ({}, {}, {A, B})


def test_a_deleted_row_is_not_updated_back_to_life(rows: Rows):
    rows.requests.delete(A)
    rows.requests.update(A, title="Heizung")
    assert (rows.requests.patches, rows.requests.gone) == ({}, {A})


def test_a_row_that_comes_anew_is_whole_and_not_gone(rows: Rows):
    rows.requests.update(A, note="alt")
    rows.requests.delete(A)
    rows.requests.insert(A, title="Heizung")
    assert (rows.requests.whole, rows.requests.patches, rows.requests.gone) == (
        {A: {"title": "Heizung"}},
        {},
        set(),
    )


@for_all(st.dictionaries(KEYS, VALUES), CHANGES)
def test_the_changes_of_a_batch_come_to_the_same_as_one_after_the_other(before, changes):
    batch, one_by_one = TableChanges(), {key: dict(values) for key, values in before.items()}
    for verb, key, values in changes:
        getattr(batch, verb)(key, **values)
        if verb == "insert":
            one_by_one[key] = dict(values)
        elif verb == "delete":
            one_by_one.pop(key, None)
        elif key in one_by_one:
            one_by_one[key] |= values
    assert written(before, batch) == one_by_one


def written(before: dict[UUID, dict[str, int]], batch: TableChanges) -> dict[UUID, dict[str, int]]:
    """What the table holds once the changes are in it."""
    left = {key: values for key, values in before.items() if key not in batch.gone}
    return {key: values | batch.patches.get(key, {}) for key, values in left.items()} | batch.whole
