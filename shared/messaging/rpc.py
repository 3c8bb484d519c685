"""The entrypoints `@command` and `@query`: methods that callers reach over RPC."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from nameko.extensions import register_entrypoint
from sqlalchemy.exc import DBAPIError

from shared.contracts.codec import to_plain
from shared.contracts.errors import Unavailable
from shared.contracts.position import Position
from shared.contracts.values import CallerKind
from shared.eventlog import commands, log
from shared.eventlog.commands import CommandKey
from shared.eventlog.log import Origin, VersionConflict
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Unit, unit_of_work
from shared.identity.caller import Caller
from shared.messaging.call import Call
from shared.messaging.rpc_entrypoint import Method, Rpc, Service
from shared.monitoring import metrics

ANYONE: Collection[CallerKind] = ()
CUSTOMER, STAFF, SERVICE, OPERATOR = CallerKind
ATTEMPTS = 4


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
    gives the first answer or, with `remember=False`, is refused. A message that another worker may have run
    already, and that has no such id, is refused, since running it could do it twice.
    """

    def __init__(
        self, arguments: type, allow: Collection[CallerKind], method: Method, *, remember: bool
    ) -> None:
        super().__init__(arguments, allow, method)
        self.remember = remember

    def run(self, service: Service, call: Call, caller: Caller | None) -> Any:
        values = self.values(call)
        key = self._key(call, caller)
        if call.redelivered and key is None:
            raise Unavailable(commands.INTERRUPTED)
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
            if key and (first := commands.claim(unit.connection, key, self._compared(values))) is not None:
                return first
            result = self.invoke(service, call, unit, caller, values)
            call.check_deadline()
            position = unit.append(_origin(call, caller))
            result = {"position": _effect(unit, position, caller)} | (result or {})
            if key and self.remember:
                commands.keep(unit.connection, key, result)
            unit.close()
        if position:
            self.process.doorbell.ring(position.partition)
        return result

    def _key(self, call: Call, caller: Caller | None) -> CommandKey | None:
        """Only known callers' commands have one: nobody else could be told from another."""
        if call.command_id is None or caller is None:
            return None
        return CommandKey(f"{self._name}.{call.method} {caller.kind} {caller.account_id}", call.command_id)

    def _compared(self, values: dict[str, Any]) -> dict[str, Any]:
        """What tells another command with the same id: no secret, which could be guessed by its digest."""
        plain: dict[str, Any] = to_plain(values)
        return plain if self.remember else {}


def command(
    arguments: type, *, allow: Collection[CallerKind], remember: bool = True
) -> Callable[[Method], Method]:
    """Make a method an RPC command for callers of the kinds in `allow`, or for ANYONE.

    With `remember=False`, for a secret in its arguments or its answer, a repeated command id finds no answer
    and is refused.
    """
    return _registered(lambda method: Command(arguments, allow, method, remember=remember))


def query(arguments: type, *, allow: Collection[CallerKind]) -> Callable[[Method], Method]:
    """Make a method an RPC query for callers of the kinds in `allow`, or for ANYONE."""
    return _registered(lambda method: Query(arguments, allow, method))


def _registered(entrypoint: Callable[[Method], Rpc]) -> Callable[[Method], Method]:
    def register(method: Method) -> Method:
        @wraps(method)
        def answer(service: Service, call: Call, bound: Rpc) -> bytes:
            return bound.answer(service, call)

        register_entrypoint(answer, entrypoint(method))
        return answer

    return register


def _scope(caller: Caller | None) -> Scope:
    return Scope(caller.provider_id, caller.company_id) if caller else Scope.EVERYTHING


def _origin(call: Call, caller: Caller | None) -> Origin:
    actor = caller.actor if caller else {"kind": "anonymous", "id": None}
    return Origin(call.correlation_id, call.id, actor, call.command_id)


def _effect(unit: Unit, position: Position | None, caller: Caller | None) -> str:
    """The position that holds a command's effect, also where it had none to add."""
    if at := position or unit.head():
        return str(at)
    if caller is None or caller.provider_id is None:
        return "0:0"
    return str(log.head(unit.connection, log.partition_of(unit.connection.engine, caller.provider_id)))
