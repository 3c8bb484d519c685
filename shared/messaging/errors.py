"""Errors on the wire: the envelope that nameko knows, with code, message and details beside it."""

import inspect
from typing import Any

import orjson

from shared.contracts import errors as declared
from shared.contracts.errors import PortalError

KNOWN: dict[str, type[PortalError]] = {
    name: cls
    for name, cls in inspect.getmembers(declared, inspect.isclass)
    if issubclass(cls, PortalError) and cls is not PortalError and "code" in vars(cls)
}
# Plain nameko callers raise their own exception for these.
_NAMEKO = {"MethodNotFound": "nameko.exceptions.MethodNotFound"}


class RemoteError(PortalError):
    """An error of a kind that this caller does not know; `code` is the sender's."""

    def __init__(self, exc_type: str, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(message, **details)
        self.exc_type = exc_type
        self.remote_code = code


def to_envelope(error: PortalError) -> dict[str, Any]:
    """The `error` of an RPC answer."""
    exc_type = _published_name(type(error))
    return {
        "exc_type": exc_type,
        "exc_path": _NAMEKO.get(exc_type, f"{declared.__name__}.{exc_type}"),
        "exc_args": [error.message],
        "value": error.message,
        "code": error.code,
        "message": error.message,
        "details": error.details,
    }


def encode(result: Any, error: dict[str, Any] | None) -> bytes:
    """The body of an RPC answer."""
    return orjson.dumps({"result": result, "error": error})


def from_envelope(envelope: dict[str, Any]) -> PortalError:
    """The error that an RPC answer carries, as the class that was raised where it is known here."""
    exc_type = str(envelope.get("exc_type"))
    message = str(envelope.get("message") or envelope.get("value"))
    details = envelope.get("details") or {}
    known = KNOWN.get(exc_type)
    if known is None:
        return RemoteError(exc_type, str(envelope.get("code", "error")), message, details)
    error = known.__new__(known)
    PortalError.__init__(error, message, **details)
    if isinstance(error, declared.ValidationFailed):
        error.fields = details.get("fields", {})
    return error


def _published_name(cls: type[PortalError]) -> str:
    """The nearest class that callers know, for refinements such as VersionConflict."""
    return next(base.__name__ for base in cls.__mro__ if base.__name__ in KNOWN)
