"""Answers go to keys of the caller's own and to direct addresses of RabbitMQ's making, and nowhere else."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.reply import Address, RefusedAddress

DIRECT = "amq.rabbitmq.reply-to"
REAL = f"{DIRECT}.g1h2AA5yZXBseUAzNjQwMDUzMgAAArAAAAAAawWjiA==.LcrdKaSnh4jDNCtgRNwUbQ=="
PROCESS = b"\x83Xv\x00\x0ereply@36400532" + bytes(12)


def direct(process: bytes) -> str:
    """The address with a process in it, whatever that is."""
    return f"{DIRECT}.{base64.b64encode(process).decode()}.LcrdKaSnh4jDNCtgRNwUbQ=="


def test_a_direct_address_names_the_node_that_the_caller_is_connected_to():
    assert Address.parse(REAL).node == b"reply@36400532"
    assert Address.parse(direct(b"\x83Xw\x05a@b-c" + bytes(12))).node == b"a@b-c"


@pytest.mark.parametrize("key", ["5f0c3a52-4f0a-4a44-9d8e-1d9c5c9f0b11", "mine", "my.own.key", "x" * 255])
def test_a_key_of_the_callers_own_is_taken(key: str):
    assert Address.parse(key) == Address(key)


@pytest.mark.parametrize("key", ["orders.orders", "requests.", ".accept", "."])
def test_a_key_that_a_services_queue_is_bound_to_is_refused(key: str):
    with pytest.raises(RefusedAddress):
        Address.parse(key)


@pytest.mark.parametrize(
    "address",
    [
        DIRECT,
        f"{DIRECT}.",
        f"{DIRECT}.nonsense",
        f"{DIRECT}.g1h2AA9yZXBseUA=.abc==",
        f"{DIRECT}.g1h2AA9yZXBseUA.abc",
        f"{DIRECT}.%%%.abc==",
        f"{REAL}.more",
        f"{REAL}\n",
        REAL.rpartition(".")[0],
        direct(b""),
        direct(b"\x83a\x05"),
        direct(b"\x83w\x0ereply@36400532"),
        direct(PROCESS[:-1]),
        direct(PROCESS + b"\0"),
        direct(b"\x83Xv\x00\x0freply@36400532" + bytes(12)),
        direct(b"\x83Xv\x00\x05reply" + bytes(12)),
        direct(b"\x83Xv\x00\x00" + bytes(12)),
    ],
)
def test_what_rabbitmq_can_not_have_made_is_refused(address: str):
    with pytest.raises(RefusedAddress):
        Address.parse(address)


@given(st.text(), st.binary())
def test_no_address_does_worse_than_be_refused(tail: str, process: bytes):
    for reply_to in (tail, f"{DIRECT}.{tail}", direct(process)):
        with suppress(RefusedAddress):
            assert Address.parse(reply_to).key == reply_to
