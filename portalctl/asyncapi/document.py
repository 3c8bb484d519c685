"""The whole document: its chapters put together."""

from typing import Any

from portalctl.asyncapi import calls, events, pushes
from portalctl.methods import methods
from shared.contracts.json_schema import Schemas

_DESCRIPTION = """\
The portal's services speak over RabbitMQ.

Each event is published once it is committed, persistently and at least once, to the topic exchange of the
service that it belongs to, with its type as routing key: CloudEvents 1.0 in AMQP binary mode.

What becomes visible in a customer's view is told to gateways at the exchange `portal_read.pushes`:
transient messages, which may be lost without harm.

RPC is nameko's: a call goes to the exchange `nameko-rpc` with `service.method` as routing key, and its answer
to the queue that the call names as `reply_to`."""


def document() -> dict[str, Any]:
    """The whole document, the same each time it is made."""
    schemas, found = Schemas(), methods()
    messages = events.messages(schemas) | pushes.messages(schemas) | calls.messages(found, schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "mfr customer portal", "version": "1.0.0", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": events.channels() | calls.channels(found) | pushes.channels() | calls.answers(found),
        "operations": events.operations() | calls.operations(found) | pushes.operations(),
        "components": {
            "messages": messages,
            "messageTraits": events.traits() | calls.traits(),
            "schemas": dict(sorted(schemas.by_name.items())),
        },
    }
