"""Every RPC method of every service, found by looking at what nameko would start."""

import inspect
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, get_type_hints

from deploy.stack import SERVICES
from shared.messaging.rpc import Command
from shared.messaging.rpc_entrypoint import Rpc
from shared.messaging.subscription import Subscription


@dataclass(frozen=True)
class Method:
    """An RPC method, with the declared class of its arguments and the annotation of what it returns."""

    service: str
    name: str
    entrypoint: Rpc

    @property
    def target(self) -> str:
        """Its routing key."""
        return f"{self.service}.{self.name}"

    @property
    def arguments(self) -> type:
        return self.entrypoint.arguments

    @property
    def result(self) -> Any:
        return get_type_hints(self.entrypoint.method).get("return", Any)

    @property
    def changes(self) -> bool:
        """Whether it is a command, whose answer carries a position."""
        return isinstance(self.entrypoint, Command)

    @property
    def description(self) -> str:
        return inspect.getdoc(self.entrypoint.method) or ""


def entrypoints() -> dict[str, object]:
    """Whatever nameko would start in a service, by `service.method`."""
    found = {}
    for service, path in SERVICES.items():
        for method, function in inspect.getmembers(resolve_name(path)):
            for entrypoint in getattr(function, "nameko_entrypoints", ()):
                found[f"{service}.{method}"] = entrypoint
    return found


def methods() -> list[Method]:
    """The entrypoints that callers reach, in the order of their names.

    Raises TypeError for a kind of entrypoint that is not known here.
    """
    found = []
    for target, entrypoint in sorted(entrypoints().items()):
        if isinstance(entrypoint, Subscription):
            continue
        if not isinstance(entrypoint, Rpc):
            raise TypeError(f"{target} is reached by a {type(entrypoint).__name__}, which is not known here")
        service, _, name = target.partition(".")
        found.append(Method(service, name, entrypoint))
    return found
