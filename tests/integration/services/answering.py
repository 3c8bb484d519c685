"""Answers to requests, and calls that are made at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from shared.contracts.errors import PortalError
from tests.support.scene import Customer, Scene

ANSWERS = {"withdraw": "withdrawn", "accept": "accepted", "decline": "declined"}


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make the calls from as many threads, twenty at most; what they are refused with is returned, too."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except PortalError as refusal:
            return refusal

    with ThreadPoolExecutor(min(len(calls), 20)) as threads:
        return list(threads.map(run, calls))


def answer(portal: Scene, staff: str, customer: Customer, request_id: str, verb: str) -> Any:
    token = customer.token if verb == "withdraw" else staff
    reason = {"reason": "Wir haben keine Zeit."} if verb == "decline" else {}
    return portal.call(f"requests.{verb}", token, request_id=request_id, **reason)
