"""What `@command` and `@query` have in common: token and arguments checked, and an answer to every call."""

from collections.abc import Callable, Collection
from typing import Any, Protocol

import structlog
from nameko.extensions import Entrypoint
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.contracts.codec import to_plain
from shared.contracts.declare import field_names
from shared.contracts.errors import Forbidden, InternalError, PortalError, Unavailable, ValidationFailed
from shared.contracts.schema import load
from shared.contracts.values import CallerKind
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller
from shared.identity.master_keys import MasterKeyMissing
from shared.identity.tokens import verify
from shared.messaging.call import Call
from shared.messaging.errors import encode, to_envelope
from shared.messaging.observed import Answered, observed
from shared.messaging.process import Process
from shared.messaging.rpc_server import RpcServer
from shared.monitoring import metrics

Method = Callable[..., Any]
_log = structlog.get_logger(__name__)


class Service(Protocol):
    """What a service is to its entrypoints, which set these anew for each call."""

    log: Unit
    caller: Caller
    call: Call


class Rpc(Entrypoint):  # type: ignore[misc]
    """Checks token and arguments, runs the method, and turns what it raises into an answer."""

    server = RpcServer()
    process = Process()

    def __init__(self, arguments: type, allow: Collection[CallerKind], method: Method) -> None:
        super().__init__()
        self.arguments, self.allow, self.method = arguments, allow, method

    def setup(self) -> None:
        self.server.register(self)
        # Without a zero before it, the first failure would be no increase.
        for outcome in (metrics.OK, InternalError.code):
            metrics.rpc_requests.labels(self._name, self.method_name, outcome)

    def stop(self) -> None:
        self.server.stop()

    def answer(self, service: Service, call: Call) -> bytes:
        """The encoded answer to a call; never raises."""
        with observed(self._name, call) as answered:
            try:
                return self._result_or_refusal(service, call, answered)
            except Exception as error:
                refusal = _refusal(call, error)
                answered.outcome = refusal.code
                return encode(None, to_envelope(refusal))

    def _result_or_refusal(self, service: Service, call: Call, answered: Answered) -> bytes:
        """Raises what no caller is to see, among it a refusal that can't be sent."""
        try:
            return encode(self.run(service, call, self._caller(call)), None)
        except PortalError as refusal:
            answered.outcome = refusal.code
            return encode(None, to_envelope(refusal))

    @property
    def _name(self) -> str:
        return str(self.container.service_name)

    def run(self, service: Service, call: Call, caller: Caller | None) -> Any:
        raise NotImplementedError

    def _caller(self, call: Call) -> Caller | None:
        """The caller of a method that not anyone may call; raises Unauthenticated, Forbidden."""
        if not self.allow:
            return None
        caller = verify(call.token, self.process.keys)
        if caller.kind not in self.allow:
            raise Forbidden()
        return caller

    def values(self, call: Call) -> dict[str, Any]:
        """The checked arguments; positional ones count as `field_names` has them. Raises ValidationFailed."""
        named = {name: value for name, value in call.named.items() if name != "command_id"}
        names = field_names(self.arguments)
        if len(call.positional) > len(names):
            raise ValidationFailed({"args": [f"At most {len(names)} arguments are taken."]})
        positional = dict(zip(names, call.positional, strict=False))
        if twice := positional.keys() & named.keys():
            raise ValidationFailed({name: ["Given twice."] for name in twice})
        return load(self.arguments, positional | named)

    def invoke(
        self, service: Service, call: Call, unit: Unit, caller: Caller | None, values: dict[str, Any]
    ) -> Any:
        """Run the method with unit, call and caller in place; its result in plain values."""
        service.log, service.call = unit, call
        if caller is not None:
            service.caller = caller
        return to_plain(self.method(service, **values))


def _refusal(call: Call, error: Exception) -> PortalError:
    """What the caller is told of an error, while it is handled; the log keeps what it hides."""
    if isinstance(error, (OperationalError, PoolTimeout)):
        _log.warning("database_unavailable", method=call.method, error=type(error).__name__)
        return Unavailable()
    if isinstance(error, MasterKeyMissing):
        _log.error("master_key_missing", method=call.method, reason=str(error))
        return Unavailable(
            "Personal data can't be read or kept just now; the portal's operators have to look into it."
        )
    _log.exception("rpc_failed", method=call.method, reference=str(call.id))
    return InternalError(str(call.id))
