"""Every RPC method of every service, found by looking, and arguments to call it with."""

import dataclasses
import importlib
import inspect
import typing
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from deploy.stack import SERVICES
from shared.contracts.errors import PortalError
from shared.messaging.rpc import Rpc
from shared.messaging.subscription import Subscription
from tests.integration.services.belongings import REQUEST, TIMES
from tests.support.scene import PASSWORD, Scene

VALUES: dict[str, object] = {
    "name": "Filiale Nord",
    "address": "Marktplatz 2, 80331 München",
    "first_name": "Zoë",
    "last_name": "Öztürk",
    "email": "zoe@example.com",
    "password": PASSWORD,
    "token": "no-such-token",
    "refresh_token": "no-such-token",
    "reason": "Wir haben keine Zeit.",
    "when": "upcoming",
    **REQUEST,
    **TIMES,
}


def entrypoints() -> dict[str, object]:
    """Whatever nameko would start in a service, by `service.method`."""
    found = {}
    for service, path in SERVICES.items():
        module, _, name = path.partition(":")
        for method, function in inspect.getmembers(getattr(importlib.import_module(module), name)):
            for entrypoint in getattr(function, "nameko_entrypoints", ()):
                found[f"{service}.{method}"] = entrypoint
    return found


def methods() -> dict[str, Rpc]:
    """The entrypoints that callers reach, by `service.method`; no other kind is known but subscriptions."""
    found = {name: each for name, each in entrypoints().items() if not isinstance(each, Subscription)}
    assert {type(each).__mro__[1] for each in found.values()} == {Rpc}
    return typing.cast(dict[str, Rpc], found)


def arguments(declared: type, ids: Mapping[str, str]) -> dict[str, object]:
    """Good arguments for a method: what must be given, and each id; fails where it knows no value."""
    fields = dataclasses.fields(declared)
    known = VALUES | dict(ids)
    missing = dataclasses.MISSING
    required = {
        field.name for field in fields if field.default is missing and field.default_factory is missing
    }
    return {name: known[name] for name in required.union(id_fields(declared))}


def id_fields(declared: type) -> list[str]:
    """The arguments that are ids."""
    hints = typing.get_type_hints(declared)
    return [name for name, hint in hints.items() if hint in (UUID, UUID | None)]


def has_secrets(declared: type) -> bool:
    """Whether a password or a token is among the arguments."""
    return any(field.metadata.get("verbatim") for field in dataclasses.fields(declared))


def outcome(portal: Scene, target: str, token: Any, values: Mapping[str, object]) -> tuple[Any, ...]:
    """What a call comes to: its result, or all that its refusal says."""
    try:
        return ("answered", portal.call(target, token, **values))
    except PortalError as refusal:
        return (type(refusal).__name__, refusal.code, refusal.message, refusal.details)
