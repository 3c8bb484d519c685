"""What a file store keeps to, whatever lies behind it, and whether threads are threads or greenlets."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.errors import NotFound
from shared.files.location import Owner
from shared.files.store import CHUNK_BYTES, FileStore, FileTooLarge
from tests.support.waiting import wait_until

LIMIT = 25 * 1024 * 1024


def put(store: FileStore, owner: Owner, content: bytes) -> str:
    """Store a file; its location."""
    return owner.location(store.put(owner, [content], limit=LIMIT).sha256)


def content_of(store: FileStore, location: str) -> bytes:
    return b"".join(store.chunks(location))


def test_what_was_put_is_read_again_under_its_owner_and_hash(store: FileStore, owner: Owner):
    content = bytes(range(256)) * 10_000
    stored = store.put(owner, [content[:1_000], content[1_000:]], limit=LIMIT)
    assert (stored.sha256, stored.size) == (hashlib.sha256(content).hexdigest(), len(content))
    location = f"{owner.provider_id}/{owner.company_id}/{stored.sha256[:2]}/{stored.sha256}"
    chunks = list(store.chunks(location))
    assert b"".join(chunks) == content
    assert [len(chunk) for chunk in chunks[:-1]] == [CHUNK_BYTES] * (len(content) // CHUNK_BYTES)
    assert store.size(location) == len(content)
    assert timedelta(0) <= datetime.now(UTC) - store.modified(location) + timedelta(seconds=1)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunks=st.lists(st.binary(max_size=50)))
def test_it_makes_no_difference_how_a_file_comes(store: FileStore, owner: Owner, chunks: list[bytes]):
    stored = store.put(owner, chunks, limit=LIMIT)
    assert stored.sha256 == hashlib.sha256(b"".join(chunks)).hexdigest()
    assert content_of(store, owner.location(stored.sha256)) == b"".join(chunks)


def test_the_largest_file_is_kept_as_a_whole(store: FileStore, owner: Owner):
    location = put(store, owner, b"ab" * (LIMIT // 2))
    assert hashlib.sha256(content_of(store, location)).hexdigest() == location[-64:]


def test_an_upload_that_is_too_long_is_cut_short_and_leaves_nothing(store: FileStore, owner: Owner):
    given: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(100):
            given.append(number)
            yield b"x" * 10

    with pytest.raises(FileTooLarge) as refused:
        store.put(owner, chunks(), limit=35)
    assert refused.value.fields.keys() == {"file"}
    assert given == [0, 1, 2, 3]
    assert list(store.locations()) == []


def test_an_upload_that_breaks_off_leaves_nothing(store: FileStore, owner: Owner):
    def chunks() -> Iterator[bytes]:
        yield b"x" * CHUNK_BYTES
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(owner, chunks(), limit=LIMIT)
    assert list(store.locations()) == []


def test_the_same_content_is_one_file_and_gets_young_again(store: FileStore, owner: Owner):
    location = put(store, owner, b"same")
    before = store.modified(location)
    wait_until(
        lambda: put(store, owner, b"same") == location and store.modified(location) > before,
        what="the file is younger",
    )
    assert list(store.locations()) == [location]


def test_each_owner_has_a_file_of_its_own(store: FileStore, owner: Owner):
    mine = put(store, owner, b"same")
    theirs = put(store, Owner(owner.provider_id, uuid4()), b"same")
    store.delete(mine)
    assert content_of(store, theirs) == b"same"
    assert list(store.locations()) == [theirs]


def test_what_is_not_there_is_not_found_and_deleted_without_a_complaint(store: FileStore, owner: Owner):
    location = put(store, owner, b"x")
    for _ in range(2):
        store.delete(location)
        for read in (store.size, store.modified, lambda location: list(store.chunks(location))):
            with pytest.raises(NotFound):
                read(location)


@pytest.mark.parametrize(
    "location", ["", "..", "/etc/passwd", "incoming/../x", f"{uuid4()}/{uuid4()}/ab/{'0' * 64}", "x\n"]
)
def test_what_is_no_location_reaches_nothing(store: FileStore, location: str):
    for use in (store.size, store.modified, store.delete, lambda location: list(store.chunks(location))):
        with pytest.raises(ValueError, match="no location"):
            use(location)


def test_locations_are_listed_in_order_from_any_of_them_on(store: FileStore):
    owners = [Owner(provider, uuid4()) for provider in (uuid4(), uuid4()) for _ in range(2)]
    made = sorted(put(store, owner, bytes([number])) for owner in owners for number in range(5))
    assert list(store.locations()) == made
    for number, location in enumerate(made):
        assert list(store.locations(after=location)) == made[number + 1 :]


def test_many_use_it_at_once(store: FileStore, owner: Owner):
    def use(number: int) -> bool:
        mine, shared = f"file {number}".encode() * 10_000, b"shared" * 10_000
        return [content_of(store, put(store, owner, content)) for content in (mine, shared)] == [mine, shared]

    with ThreadPoolExecutor(30) as threads:
        assert all(threads.map(use, range(60)))
    assert len(list(store.locations())) == 61
