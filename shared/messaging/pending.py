"""A call that waits for its answer: what is sent, and what came of it."""

import threading
import time
from typing import Any
from uuid import UUID, uuid4

import orjson

from shared.contracts.codec import to_plain
from shared.contracts.errors import DeadlineExceeded, PortalError
from shared.messaging import broker
from shared.messaging.call import COMMAND_ID, CORRELATION_ID, DEADLINE, TOKEN, TRACEPARENT
from shared.messaging.errors import RemoteError, from_envelope
from shared.tracing import spans


class Pending:
    """Who calls waits for it in `result`; the client's thread settles it.

    `target` is `service.method`. `sent_over` is the channel that it was published over last.
    """

    def __init__(
        self,
        target: str,
        arguments: dict[str, Any],
        *,
        token: str | None,
        correlation_id: UUID,
        timeout: float,
    ) -> None:
        self.id = str(uuid4())
        self.sent_over: Any = None
        self._target = target
        self._body = orjson.dumps({"args": [], "kwargs": to_plain(arguments)})
        self._deadline = time.time() + timeout
        self._headers = {
            DEADLINE: self._deadline,
            COMMAND_ID: self.id,
            CORRELATION_ID: str(correlation_id),
            TOKEN: token,
            TRACEPARENT: spans.traceparent(correlation_id),
        }
        self._settled = threading.Event()
        self._answer: dict[str, Any] = {}
        self._error: PortalError | None = None

    @property
    def remaining(self) -> float:
        """Seconds until nobody waits any more."""
        return self._deadline - time.time()

    @property
    def is_repeatable(self) -> bool:
        """Whether its command id protects it from being carried out twice: only known callers' are kept."""
        return self._headers[TOKEN] is not None

    def publish(self, channel: Any, reply_to: str) -> None:
        """Send it; it comes back when there is no such service."""
        message = channel.prepare_message(
            self._body,
            content_type="application/json",
            content_encoding="utf-8",
            headers={name: value for name, value in self._headers.items() if value is not None},
            properties={
                "correlation_id": self.id,
                "delivery_mode": 1,
                "reply_to": reply_to,
                "expiration": str(max(int(self.remaining * 1000), 1)),
            },
        )
        channel.basic_publish(
            message, exchange=broker.RPC_EXCHANGE.name, routing_key=self._target, mandatory=True
        )

    def settle(self, body: bytes | str) -> None:
        """Take the service's answer."""
        try:
            self._answer = _answer(body)
        except ValueError as error:
            self._error = RemoteError("MalformedAnswer", "malformed_answer", str(error), {})
        self._settled.set()

    def fail(self, error: PortalError) -> None:
        """Have no answer, and this error instead."""
        self._error = error
        self._settled.set()

    def result(self) -> Any:
        """Wait for the answer; raises the error that it holds or, when it came too late, DeadlineExceeded."""
        if not self._settled.wait(max(self.remaining, 0)):
            raise DeadlineExceeded()
        if self._error is not None:
            raise self._error
        if error := self._answer.get("error"):
            raise from_envelope(error)
        return self._answer.get("result")


def _answer(body: bytes | str) -> dict[str, Any]:
    """Raises ValueError."""
    answer = orjson.loads(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("error"), dict | None):
        raise ValueError("The service's answer is no object with `result` and `error`.")
    return answer
