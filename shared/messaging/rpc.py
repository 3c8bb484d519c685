"""The entrypoints `@command` and `@query`: methods that callers reach over RPC."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, Protocol

import structlog
from nameko.extensions import Entrypoint, register_entrypoint
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.contracts.codec import to_plain
from shared.contracts.declare import field_names
from shared.contracts.errors import Forbidden, InternalError, PortalError, Unavailable, ValidationFailed
from shared.contracts.position import Position
from shared.contracts.schema import load
from shared.contracts.values import CallerKind
from shared.eventlog import commands, log
from shared.eventlog.commands import CommandKey
from shared.eventlog.log import Origin, VersionConflict
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Unit, unit_of_work
from shared.identity.caller import Caller
from shared.identity.tokens import verify
from shared.messaging.call import Call
from shared.messaging.errors import encode, to_envelope
from shared.messaging.observed import Answered, observed
from shared.messaging.process import Process
from shared.messaging.rpc_server import RpcServer
from shared.monitoring import metrics

ANYONE: Collection[CallerKind] = ()
CUSTOMER, STAFF, SERVICE, OPERATOR = CallerKind
ATTEMPTS = 4
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

    def __init__(
        self, arguments: type, allow: Collection[CallerKind], method: Method, *, remember: bool = True
    ) -> None:
        super().__init__()
        self.arguments, self.allow, self.method, self.remember = arguments, allow, method, remember

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
        """The checked arguments; positional ones count in the declared order. Raises ValidationFailed."""
        named = {name: value for name, value in call.named.items() if name != "command_id"}
        names = list(field_names(self.arguments))
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


class Query(Rpc):
    """Answers from what is there; changes nothing."""

    def run(self, service: Service, call: Call, caller: Caller | None) -> Any:
        values = self.values(call)
        try:
            return self._once(service, call, caller, values)
        except DBAPIError as error:
            # The connection died while it rested in the pool, which gives a new one now.
            if not error.connection_invalidated:
                raise
            return self._once(service, call, caller, values)

    def _once(self, service: Service, call: Call, caller: Caller | None, values: dict[str, Any]) -> Any:
        with unit_of_work(self.process.engine, _scope(caller)) as unit:
            return self.invoke(service, call, unit, caller, values)


class Command(Rpc):
    """Runs in one unit of work; its answer carries the position of what it appended.

    A version conflict makes it run again, four times in all. The same `command_id` of the same caller again
    gives the first answer. A message that another worker may have run already, and that has no such id, is
    refused, since running it could do it twice.
    """

    def run(self, service: Service, call: Call, caller: Caller | None) -> Any:
        values = self.values(call)
        key = _key(self, call, caller)
        if call.redelivered and key is None:
            raise Unavailable(
                "The call was interrupted and may have been carried out; look before you repeat it."
            )
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(service, call, caller, values, key)
            except VersionConflict:
                metrics.command_conflicts.labels(self._name, call.method).inc()
                if attempt == ATTEMPTS:
                    raise
            except DBAPIError as error:
                if not error.connection_invalidated or attempt == ATTEMPTS or key is None:
                    raise
        raise AssertionError("unreachable")

    def _once(
        self,
        service: Service,
        call: Call,
        caller: Caller | None,
        values: dict[str, Any],
        key: CommandKey | None,
    ) -> Any:
        with unit_of_work(self.process.engine, _scope(caller)) as unit:
            if key and (first := commands.claim(unit.connection, key, to_plain(values))) is not None:
                return first
            result = self.invoke(service, call, unit, caller, values)
            call.check_deadline()
            position = unit.append(_origin(call, caller))
            result = {"position": _token(unit, position, caller)} | (result or {})
            if key:
                commands.keep(unit.connection, key, result)
            unit.close()
        if position:
            self.process.doorbell.ring(position.partition)
        return result


def command(
    arguments: type, *, allow: Collection[CallerKind], remember: bool = True
) -> Callable[[Method], Method]:
    """Make a method an RPC command for callers of the kinds in `allow`, or for ANYONE.

    With `remember=False` its answer, which holds a secret, is not kept for a repeated command id.
    """
    return _entrypoint(Command, arguments, allow, remember=remember)


def query(arguments: type, *, allow: Collection[CallerKind]) -> Callable[[Method], Method]:
    """Make a method an RPC query for callers of the kinds in `allow`, or for ANYONE."""
    return _entrypoint(Query, arguments, allow)


def _entrypoint(
    kind: type[Rpc], arguments: type, allow: Collection[CallerKind], **options: bool
) -> Callable[[Method], Method]:
    def register(method: Method) -> Method:
        @wraps(method)
        def answer(service: Service, call: Call, entrypoint: Rpc) -> bytes:
            return entrypoint.answer(service, call)

        register_entrypoint(answer, kind(arguments, allow, method, **options))
        return answer

    return register


def _refusal(call: Call, error: Exception) -> PortalError:
    """What the caller is told of an error, while it is handled; the log keeps what it hides."""
    if isinstance(error, (OperationalError, PoolTimeout)):
        _log.warning("database_unavailable", method=call.method, error=type(error).__name__)
        return Unavailable()
    _log.exception("rpc_failed", method=call.method, reference=str(call.id))
    return InternalError(str(call.id))


def _scope(caller: Caller | None) -> Scope:
    return Scope(caller.provider_id, caller.company_id) if caller else Scope.EVERYTHING


def _key(entrypoint: Rpc, call: Call, caller: Caller | None) -> CommandKey | None:
    """Only known callers' commands are remembered: the answers to others hold secrets."""
    if call.command_id is None or caller is None or not entrypoint.remember:
        return None
    method = f"{entrypoint.container.service_name}.{call.method}"
    return CommandKey(f"{method} {caller.kind} {caller.account_id}", call.command_id)


def _origin(call: Call, caller: Caller | None) -> Origin:
    actor = caller.actor if caller else {"kind": "anonymous", "id": None}
    return Origin(call.correlation_id, call.id, actor, call.command_id)


def _token(unit: Unit, position: Position | None, caller: Caller | None) -> str:
    """The position that holds the command's effect, also where it had none to add."""
    if at := position or unit.head():
        return str(at)
    if caller is None or caller.provider_id is None:
        return "0:0"
    return str(log.head(unit.connection, log.partition_of(unit.connection.engine, caller.provider_id)))
