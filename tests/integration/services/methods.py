"""Every RPC method of every service, and arguments to call it with."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portalctl.methods import methods as walk
from shared.contracts.errors import PortalError
from shared.messaging.rpc_entrypoint import Rpc
from tests.integration.services.belongings import REPORT, REQUEST, TIMES
from tests.support.scene import PASSWORD, Scene

VALUES: dict[str, object] = {
    "name": "Filiale Nord",
    "address": "Marktplatz 2, 80331 München",
    "first_name": "Zoë",
    "last_name": "Öztürk",
    "email": "zoe@example.com",
    "password": PASSWORD,
    "current": PASSWORD,
    "new": f"{PASSWORD}-und-im-mai",
    "token": "no-such-token",
    "refresh_token": "no-such-token",
    "reason": "Wir haben keine Zeit.",
    "when": "upcoming",
    "thing": "document",
    "since": "2038-01-11T00:00:00+01:00",
    "until": "2038-01-18T00:00:00+01:00",
    **REPORT,
    "filename": "Bericht.pdf",
    "media_type": "application/pdf",
    "size": 1_000,
    "sha256": "0" * 64,
    **REQUEST,
    **TIMES,
}


def methods() -> dict[str, Rpc]:
    """The entrypoints that callers reach, by `service.method`."""
    return {method.target: method.entrypoint for method in walk()}


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
