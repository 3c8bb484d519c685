"""What was asked of the portal, and what it answered: the record that the oracle judges by."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.errors import (
    DeadlineExceeded,
    InternalError,
    PortalError,
    Unauthenticated,
    Unavailable,
)
from shared.contracts.position import Position
from shared.messaging.client import RpcClient

REPEATS = 20
# How long a caller waits, if not told otherwise, and how much later a busy machine may say so.
CALL_S = 8.0
LATE_S = 20.0


class Outcome(Enum):
    ACKNOWLEDGED = auto()
    REFUSED = auto()
    UNKNOWN = auto()


@dataclass
class Attempt:
    """One command of one caller; all that it leads to carries its `correlation_id`.

    `refusals` are the codes of errors that are right for it, beside those that a race explains.
    """

    command: str
    arguments: dict[str, Any]
    company_id: str
    refusals: tuple[str, ...] = ()
    correlation_id: UUID = field(default_factory=uuid4)
    outcome: Outcome = Outcome.UNKNOWN
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def at(self) -> Position:
        """Where the answer says that its effect is."""
        return Position.parse(self.result["position"])


class Attempts:
    """Makes commands and keeps what became of them; any number of threads may."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._made: list[Attempt] = []
        self.faults: list[str] = []
        self.patience = CALL_S
        self.refusals: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Attempt]:
        return iter(list(self._made))

    def taken_faults(self) -> list[str]:
        """What callers met that they must never meet, since this was asked last."""
        faults, self.faults = self.faults, []
        return faults

    def unknown(self) -> int:
        """How many commands were not answered for sure, up to now."""
        return sum(bool(attempt.error) for attempt in self if attempt.outcome is Outcome.UNKNOWN)

    def answered(self) -> int:
        """How many commands were answered for sure, up to now."""
        return sum(attempt.outcome is not Outcome.UNKNOWN for attempt in self)

    def make(
        self, command: str, token: str, company_id: str, /, *, named: bool = False, **arguments: Any
    ) -> Attempt:
        """Make a command. `named` gives it a command id and repeats it until it is answered for sure."""
        attempt = Attempt(command, arguments, company_id, self.refusals)
        with self._lock:
            self._made.append(attempt)
        extra = {"command_id": str(uuid4())} if named else {}
        for _ in range(REPEATS if named else 1):
            self._once(attempt, token, extra)
            if attempt.outcome is not Outcome.UNKNOWN:
                break
        return attempt

    def ask(self, query: str, token: str, **arguments: Any) -> Any | None:
        """The answer to a query; None when there was none in time, or the session is not taken for good."""
        service, method = query.split(".")
        try:
            return self._client.call(service, method, auth_token=token, timeout=self.patience, **arguments)
        except (DeadlineExceeded, Unauthenticated, Unavailable):
            return None

    def _once(self, attempt: Attempt, token: str, extra: dict[str, str]) -> None:
        service, method = attempt.command.split(".")
        began = time.monotonic()
        try:
            attempt.result = self._client.call(
                service,
                method,
                auth_token=token,
                timeout=self.patience,
                correlation_id=attempt.correlation_id,
                **attempt.arguments,
                **extra,
            )
            attempt.outcome = Outcome.ACKNOWLEDGED
        except (DeadlineExceeded, Unavailable) as error:
            attempt.error = error.code
        except InternalError as error:
            attempt.error = error.code
            self.faults.append(f"{attempt.command} met {error.message}")
        except PortalError as error:
            attempt.outcome, attempt.error = Outcome.REFUSED, f"{error.code}: {error.message}"
        if time.monotonic() - began > self.patience + LATE_S:
            self.faults.append(f"{attempt.command} was not answered within its deadline")
