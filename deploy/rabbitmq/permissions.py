"""Who may do what on the broker: a user for each service, relay, gateway and operator, and for subscribers.

`docs/adr/0063-users-of-the-broker.md` says why it is like this, and what it can't prevent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from deploy.stack import SERVICES
from shared.contracts.declare import EVENTS
from shared.contracts.pushes import PUSHES_EXCHANGE
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.messaging.broker import PARKED, RPC_EXCHANGE
from shared.messaging.cloudevents import PUBLISHING, exchange_of
from shared.messaging.pika_publisher import UNROUTED_QUEUE

PREFIX = "mfr_"
RPC = RPC_EXCHANGE.name
# What permissions call the exchange without a name, over which direct answers go, and retries.
DEFAULT = "amq.default"
NOTHING = "^$"
# A caller's own key, never `service.method`, at which that service would take the answer for a call.
ANSWERS = r"[^.]*|[^.]*\.[^.]*\..*"
EVENT_EXCHANGES = tuple(map(exchange_of, PUBLISHING))
_SERVER_NAMED = r"amq\.gen.*"
_LATER = r"(\.dead|\.retry\..+)?"
# Whom a service calls itself.
_CALLS = {"notifications": r"invitation\.(issue_token|issue_reset_token|account)"}


@dataclass(frozen=True)
class Topics:
    """Which routing keys may be published to a topic exchange, and bound to it."""

    write: str = NOTHING
    read: str = NOTHING


@dataclass(frozen=True)
class Permissions:
    """Regular expressions over names of exchanges and queues; `topics` narrows them, by exchange.

    To bind takes `write` on the queue and `read` on the exchange; to declare, or to delete, `configure`.
    """

    configure: str
    write: str
    read: str
    topics: Mapping[str, Topics] = field(default_factory=dict)


def permissions(subscribers: Iterable[str]) -> dict[str, Permissions]:
    """By process; `subscribers` are the names of other systems that take events."""
    return {
        **{name: _service(name) for name in SERVICES},
        "relay": _relay(),
        "gateway": _gateway(),
        "operator": Permissions(".*", ".*", ".*"),
        **{name: _subscriber(name) for name in subscribers},
    }


def user_of(process: str) -> str:
    """The broker's user of a process, or of another system."""
    return f"{PREFIX}{process}"


def _service(name: str) -> Permissions:
    sources = _sources(name)
    own = [
        f"rpc-{name}",
        *(re.escape(queue_name(name, each)) + _LATER for each in SUBSCRIPTIONS.get(name, ())),
    ]
    if name == "portal_read":
        own += [re.escape(PUSHES_EXCHANGE), r"portal_read\.wake\..+"]
    shared = map(re.escape, (RPC, PARKED, *sources))
    return Permissions(
        configure=_any(*own, *shared),
        write=_any(*own, re.escape(RPC), re.escape(DEFAULT)),
        read=_any(*own, re.escape(RPC), *map(re.escape, sources)),
        topics=sources | {RPC: Topics(_any(ANSWERS, *_calls(name)), _any(rf"{name}\.\*"))},
    )


def _sources(name: str) -> dict[str, Topics]:
    """The exchanges that a service's own queues are bound to, with the types that it takes from each."""
    if name == "portal_read":
        return {exchange: Topics(read=_any("#")) for exchange in EVENT_EXCHANGES}
    types: dict[str, list[str]] = {}
    for event_type in SUBSCRIPTIONS.get(name, ()):
        types.setdefault(exchange_of(EVENTS[event_type].service), []).append(event_type)
    return {exchange: Topics(read=_any(*taken)) for exchange, taken in types.items()}


def _calls(name: str) -> list[str]:
    return [_CALLS[name]] if name in _CALLS else []


def _relay() -> Permissions:
    exchanges = [re.escape(each) for each in EVENT_EXCHANGES]
    queues = [
        re.escape(queue_name(service, event_type))
        for service, event_types in SUBSCRIPTIONS.items()
        for event_type in event_types
    ]
    return Permissions(
        configure=_any(*exchanges, *queues, re.escape(UNROUTED_QUEUE), r"relay\.lock\.[0-9]+"),
        write=_any(*exchanges, *queues, re.escape(DEFAULT)),
        read=_any(*exchanges),
    )


def _gateway() -> Permissions:
    own = [r"rpc\.reply-.+", r"gateway\..+", _SERVER_NAMED]
    exchanges = [re.escape(RPC), re.escape(PUSHES_EXCHANGE)]
    methods = rf"({'|'.join(SERVICES)})\..*"
    return Permissions(
        configure=_any(*own, *exchanges),
        write=_any(*own, re.escape(RPC)),
        read=_any(*own, *exchanges),
        # Bound with a wildcard, a queue would get everybody's calls, with their passwords.
        topics={RPC: Topics(_any(methods), r"^[^*#.]*$"), PUSHES_EXCHANGE: Topics(read=".*")},
    )


def _subscriber(name: str) -> Permissions:
    quoted = re.escape(name)
    # With nameko's event handler, the other system's service has this name.
    own = [rf"{quoted}(\..*)?", rf"evt-.+--{quoted}\..+", _SERVER_NAMED]
    exchanges = [re.escape(each) for each in EVENT_EXCHANGES]
    return Permissions(configure=_any(*own, *exchanges), write=_any(*own), read=_any(*own, *exchanges))


def _any(*patterns: str) -> str:
    return f"^({'|'.join(patterns)})$"
