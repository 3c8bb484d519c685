"""What several chapters of the AsyncAPI document are made of."""

from typing import Any

from shared.contracts.json_schema import Schema
from shared.contracts.position import PATTERN

TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "string", "format": "uuid"}
POSITION: Schema = {"type": "string", "pattern": PATTERN}


def reference(message: str) -> dict[str, str]:
    """To a message of the document."""
    return {"$ref": f"#/components/messages/{message}"}


def routed(exchange: str) -> dict[str, Any]:
    """The bindings of a channel whose address is a routing key of a topic exchange."""
    settings = {"name": exchange, "type": "topic", "durable": True, "autoDelete": False}
    return {"amqp": {"is": "routingKey", "exchange": settings}}
