"""The chapter on pushes to gateways."""

from typing import Any

from portalctl.asyncapi.parts import reference, routed
from shared.contracts.examples import example
from shared.contracts.json_schema import Schemas, description_of
from shared.contracts.pushes import PUSHES, PUSHES_EXCHANGE, Push
from shared.projections.pusher import LIFETIME_S


def channels() -> dict[str, Any]:
    channel = {
        "address": "{push}",
        "description": "What `portal_read` tells gateways, for pages that are open.",
        "parameters": {"push": {"description": "What it tells.", "enum": sorted(PUSHES)}},
        "messages": {name: reference(name) for name in sorted(PUSHES)},
        "bindings": routed(PUSHES_EXCHANGE),
    }
    return {PUSHES_EXCHANGE: channel}


def operations() -> dict[str, Any]:
    return {f"push {name}": _pushing(name) for name in sorted(PUSHES)}


def messages(schemas: Schemas) -> dict[str, Any]:
    return {name: _message(name, cls, schemas) for name, cls in sorted(PUSHES.items())}


def _pushing(name: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{PUSHES_EXCHANGE}"},
        "messages": [{"$ref": f"#/channels/{PUSHES_EXCHANGE}/messages/{name}"}],
        "bindings": {"amqp": {"deliveryMode": 1, "mandatory": False, "expiration": LIFETIME_S * 1_000}},
    }


def _message(name: str, cls: type[Push], schemas: Schemas) -> dict[str, Any]:
    return {
        "name": name,
        "title": cls.__name__,
        "description": description_of(cls),
        "payload": schemas.refer(cls),
        "examples": [{"name": "example", "payload": example(cls)}],
    }
