"""Server-sent events: what has changed for who listens, as soon as it can be read."""

import time
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response, current_app, request

from services.gateway import session
from services.gateway.api import given, identity
from services.gateway.api.operation import Operation
from services.gateway.api.resource import PREFIX, Resource
from services.gateway.changes import CHANGES, Changes, Gap, Listener
from shared.contracts.codec import to_plain
from shared.contracts.declare import message
from shared.contracts.json_schema import REFERENCE
from shared.contracts.position import Position
from shared.contracts.pushes import Push, ViewChanged
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller

PATH = f"{PREFIX}/changes"
MEDIA_TYPE = "text/event-stream"
LAST_EVENT_ID = "Last-Event-ID"
HEARTBEAT_S = 15.0
# Then the client comes back, and whether it may listen is looked at again.
LONGEST_S = 300.0
COME_BACK_AFTER_MS = 2_000
# Before all others, for who has no position to begin with.
BEGINNING = "0:0"
_UNBUFFERED = {"X-Accel-Buffering": "no"}
_BYTES_HELD_BACK = "eventlet.minimum_write_chunk_size"
_EVENT = {
    "type": "object",
    "description": "One of the events in the stream, told in docs/api.md.",
    "properties": {
        "event": {"type": "string", "enum": ["ready", "changed", "resync"]},
        "id": {"$ref": f"{REFERENCE}Position"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
api = Resource("Changes", "What has changed, told as it happens.")


@message
class ListenToChanges:
    """`since` is the position that the client has seen; the header Last-Event-ID goes before it."""

    since: Position | None = None


@api.operation(
    Operation(
        "GET",
        "/changes",
        "changes",
        "What has changed, as server-sent events, for five minutes at most; then come back.",
        arguments=ListenToChanges,
        content={MEDIA_TYPE: {"schema": _EVENT}},
    )
)
def changes(since: str | None = None) -> Response:
    """Listening begins before the position is asked for, so that nothing falls in between.

    Raises Unauthenticated, Forbidden, Unavailable.
    """
    token = request.headers.get(LAST_EVENT_ID) or since
    seen = None if token is None else given.position(token, "since")
    source: Changes = current_app.extensions[CHANGES]
    caller = identity.confirmed()
    listener = source.listen(caller)
    try:
        now = _position(caller, source)
    except BaseException:
        source.leave(listener)
        raise
    response = Response(_told(listener, seen, now), mimetype=MEDIA_TYPE, headers=_UNBUFFERED)
    response.call_on_close(lambda: source.leave(listener))
    request.environ[_BYTES_HELD_BACK] = "1"
    return response


def _position(caller: Caller, source: Changes) -> Position | None:
    """Where the caller's view is now. Staff have none: for them it is how far was heard, if anything was."""
    if caller.kind is CallerKind.CUSTOMER:
        return Position.parse(session.call("portal_read", "settings")["position"])
    return source.latest(caller.provider)


def heard_so_far() -> str:
    """The position that a page of the back office shows; to be asked for before its data are."""
    source: Changes = current_app.extensions[CHANGES]
    return str(source.latest(session.caller().provider) or BEGINNING)


def _told(listener: Listener, seen: Position | None, now: Position | None) -> Iterator[str]:
    yield f"retry: {COME_BACK_AFTER_MS}\n\n"
    yield _event("ready", {"position": now}, now or seen or BEGINNING)
    if seen is not None and seen != now:
        yield _changed_somehow()
    ends_at = time.monotonic() + LONGEST_S
    while not listener.ended and (left := ends_at - time.monotonic()) > 0:
        told = listener.next(min(left, HEARTBEAT_S))
        yield ": still here\n\n" if told is None else _of(told)


def _of(told: Push | Gap) -> str:
    match told:
        case Gap():
            return _changed_somehow()
        case ViewChanged(company_id=company_id, position=position, sections=sections):
            data = {"sections": sections, "company_id": company_id, "position": position}
            return _event("changed", data, position)
    return _event("resync", {name: value for name, value in to_plain(told).items() if name != "provider_id"})


def _changed_somehow() -> str:
    """Without sections: what was missed is not known, so that all is to be read anew."""
    return _event("changed", {"sections": None, "company_id": None, "position": None})


def _event(name: str, data: dict[str, Any], at: Position | str | None = None) -> str:
    """The id is what a client that comes back has seen."""
    identified = f"id: {at}\n" if at else ""
    return f"{identified}event: {name}\ndata: {orjson.dumps(to_plain(data)).decode()}\n\n"
