"""How py-amqp reads what arrives, so that nothing a sender puts into a message can stop its receiver.

A text that is no UTF-8, a time beyond the year 9999, or tables within tables a thousand deep make py-amqp
raise out of the loop that reads; the message goes back into its queue and does the same to the next one.
"""

from collections.abc import Callable
from struct import unpack_from
from typing import Any

import structlog
from amqp import spec
from amqp.basic_message import Message
from amqp.exceptions import UnexpectedFrame

METHOD, HEARTBEAT, BODY = 1, 8, 3
WITH_CONTENT = frozenset([spec.Basic.Return, spec.Basic.Deliver, spec.Basic.GetOk])
Frame = tuple[int, int, bytes]
Callback = Callable[[int, tuple[int, int], bytes, Message | None], None]
_log = structlog.get_logger(__name__)


class Content(Message):  # type: ignore[misc]
    """A message on its way in. Properties that can't be read count as not there."""

    def _load_properties(self, class_id: int, payload: bytes, offset: int) -> None:
        try:
            super()._load_properties(class_id, payload, offset)
        except Exception as error:
            _log.warning("message_properties_unreadable", error=type(error).__name__)
            self.properties: dict[str, Any] = {}


def frame_handler(connection: Any, callback: Callback) -> Callable[[Frame], bool]:
    """In place of py-amqp's: takes frames, and returns True for the one that completes something."""
    arriving: dict[int, Content] = {}

    def on_frame(frame: Frame) -> bool:
        kind, channel, payload = frame
        connection.bytes_recv += 1
        if kind == HEARTBEAT:
            return False
        content = arriving.get(channel)
        if (content is None) is not (kind == METHOD):
            raise UnexpectedFrame(f"a frame of type {kind} came out of turn")
        if content is None:
            method: tuple[int, int] = unpack_from(">HH", payload)
            if method in WITH_CONTENT:
                arguments = _with_readable_key(payload) if method == spec.Basic.Deliver else payload
                arriving[channel] = Content(frame_method=method, frame_args=arguments)
                return False
            callback(channel, method, payload, None)
            return True
        content.inbound_body(payload) if kind == BODY else content.inbound_header(payload)
        if not content.ready:
            return False
        del arriving[channel]
        callback(channel, content.frame_method, content.frame_args, content)
        return True

    return on_frame


def _with_readable_key(deliver: bytes) -> bytes:
    """A delivery's arguments with `?` for what is not ASCII in its routing key, which comes last.

    Before it stand: the method (4 bytes), the consumer tag (a short text), the delivery tag (8), a flag (1)
    and the exchange (a short text).
    """
    if deliver.isascii():
        return deliver
    exchange = 4 + 1 + deliver[4] + 8 + 1
    key = exchange + 1 + deliver[exchange] + 1
    return deliver[:key] + deliver[key:].decode("ascii", "replace").encode("ascii", "replace")
