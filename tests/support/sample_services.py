"""Small services that the tests of messaging talk to: one on our entrypoints, its twin on plain nameko's.

`SAMPLE_NAME` names the service of this process, so that a test can have one to itself.
"""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import eventlet
from nameko.events import event_handler
from nameko.extensions import DependencyProvider
from nameko.rpc import rpc
from sqlalchemy import text as sql
from uuid_utils.compat import uuid7

from shared.contracts.customers import CompanyRegistered, CompanyUpdated
from shared.contracts.declare import Event, message, text
from shared.contracts.errors import InvalidTransition
from shared.contracts.stream import StreamType
from shared.contracts.subscriptions import SUBSCRIPTIONS
from shared.contracts.values import CallerKind, Nothing
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller
from shared.messaging.call import Call
from shared.messaging.cloudevents import Received
from shared.messaging.rpc import ANYONE, OPERATOR, STAFF, command, query
from shared.messaging.subscription import subscribe

NAME = os.environ.get("SAMPLE_NAME", "sample")
RETRY_AFTER_S = (0.2, 0.4)
LOOK_EVERY_S = 1.0
SUBSCRIPTIONS[NAME] = ("company_registered",)


@message
class Echo:
    text: str = text(maximum=1_000_000)
    number: int | None = None


@message
class Gate:
    gate: str = text(maximum=1_000)


@message
class Hang:
    gate: str = text(maximum=1_000)
    busy: bool = False


@message
class CompanyById:
    company_id: UUID


@message
class Register:
    company_id: UUID
    name: str = text(maximum=200)


@message
class Rename:
    company_id: UUID
    name: str = text(maximum=200)
    gate: str | None = text(maximum=1_000, default=None)


def _evolve(names: tuple[str, ...] | None, event: Event) -> tuple[str, ...] | None:
    match event:
        case CompanyRegistered(name=name) | CompanyUpdated(name=name):
            return (*(names or ()), name)
    return names


COMPANY: StreamType[tuple[str, ...]] = StreamType("company", _evolve)
REACTION: StreamType[tuple[str, ...]] = StreamType("reaction", _evolve)


def pass_gate(gate: str) -> None:
    """Leave a mark that somebody came, and wait until the test opens the gate."""
    leave_mark(f"{gate}.entered")
    while not Path(gate).exists():
        eventlet.sleep(0.005)


def never_end(gate: str, busy: bool) -> None:
    """Let others work meanwhile or, busy, keep the whole process."""
    leave_mark(f"{gate}.entered")
    while True:
        if not busy:
            eventlet.sleep(0.005)


def leave_mark(path: str) -> None:
    with Path(path).open("a") as marks:
        marks.write(f"{os.getpid()}\n")


class SampleService:
    """What services do: answer, refuse, fail, load, append, react."""

    name = NAME

    log: Unit
    caller: Caller
    call: Call

    @query(Echo, allow=ANYONE)
    def echo(self, text: str, number: int | None) -> dict[str, Any]:
        return {"text": text, "number": number}

    @query(Echo, allow=list(CallerKind))
    def echo_signed(self, text: str, number: int | None) -> dict[str, Any]:
        return {"text": text, "number": number}

    @query(Nothing, allow=[OPERATOR])
    def operate(self) -> dict[str, Any]:
        return {"account": self.caller.account_id}

    @query(Nothing, allow=ANYONE)
    def pid(self) -> dict[str, Any]:
        return {"pid": os.getpid()}

    @query(Nothing, allow=ANYONE)
    def refuse(self) -> None:
        raise InvalidTransition("It is closed; open it first.", state="closed", since=3)

    @query(Nothing, allow=ANYONE)
    def fail(self) -> None:
        raise RuntimeError("the secret cause")

    @query(Nothing, allow=ANYONE)
    def refuse_unsendably(self) -> None:
        raise InvalidTransition("It is closed; open it first.", since={3: object()})

    @query(Gate, allow=ANYONE)
    def wait(self, gate: str) -> dict[str, Any]:
        pass_gate(gate)
        return {"gate": gate}

    @query(Hang, allow=ANYONE)
    def hang(self, gate: str, busy: bool) -> None:
        never_end(gate, busy)

    @query(CompanyById, allow=[STAFF])
    def company(self, company_id: UUID) -> dict[str, Any]:
        return {"names": self.log.stream(COMPANY, company_id).state}

    @command(Register, allow=[STAFF])
    def register(self, company_id: UUID, name: str) -> None:
        stream = self.log.new(COMPANY, company_id, provider_id=self.caller.provider, company_id=company_id)
        stream.create(CompanyRegistered, company_id=company_id, name=name)

    @command(Rename, allow=[STAFF])
    def rename(self, company_id: UUID, name: str, gate: str | None) -> dict[str, Any]:
        return self._rename(company_id, name, gate)

    @command(Rename, allow=[STAFF], remember=False)
    def rename_secretly(self, company_id: UUID, name: str, gate: str | None) -> dict[str, Any]:
        return self._rename(company_id, name, gate)

    def _rename(self, company_id: UUID, name: str, gate: str | None) -> dict[str, Any]:
        stream = self.log.stream(COMPANY, company_id)
        if gate:
            pass_gate(gate)
        stream.decide(lambda names: CompanyUpdated(company_id=company_id, name=name))
        return {"names": stream.state, "pid": os.getpid()}

    @command(Gate, allow=ANYONE)
    def enter(self, gate: str) -> None:
        """A command of nobody known, which therefore can't be remembered."""
        pass_gate(gate)

    @subscribe(CompanyRegistered, retry_after=RETRY_AFTER_S, look_every=LOOK_EVERY_S)
    def on_registered(self, event: CompanyRegistered, received: Received) -> None:
        """Write a row, decide on an event, and then do as the company's name says."""
        self.log.connection.execute(
            sql("INSERT INTO reactions VALUES (:id, :name)"), {"id": received.event_id, "name": event.name}
        )
        stream = self.log.new(REACTION, uuid7(), provider_id=received.provider_id)
        stream.create(CompanyUpdated, company_id=event.company_id, name=event.name)
        if event.name.startswith("fail"):
            leave_mark(f"{event.number}.failed")
            raise RuntimeError("the handler fails")
        if event.name == "slow statement":
            self.log.connection.execute(sql("SET LOCAL statement_timeout = 10"))
            self.log.connection.execute(sql("SELECT pg_sleep(10)"))
        if event.name.startswith("cut off") and not Path(event.number or "").exists():
            leave_mark(event.number or "")
            self.log.connection.execute(sql("SELECT pg_terminate_backend(pg_backend_pid())"))
        if event.name.startswith("wait") and event.number:
            pass_gate(event.number)


class FailingDependency(DependencyProvider):  # type: ignore[misc]
    """Raises where nameko does not expect it, for a call that says so."""

    def get_dependency(self, worker_ctx: Any) -> None:
        if "the dependency fails" in repr((worker_ctx.args, worker_ctx.kwargs)):
            raise RuntimeError("the dependency fails")


class MortalService(SampleService):
    """Has a fault in its own extensions."""

    dependency = FailingDependency()


class PlainService:
    """The same on plain nameko, as far as it goes; its events come as bare payloads."""

    name = NAME

    dependency = FailingDependency()

    @rpc
    def echo(self, text: str, number: int | None = None) -> dict[str, Any]:
        return {"text": text, "number": number}

    @rpc
    def refuse(self) -> None:
        raise InvalidTransition("It is closed; open it first.", state="closed", since=3)

    @rpc
    def wait(self, gate: str) -> dict[str, Any]:
        pass_gate(gate)
        return {"gate": gate}

    @rpc
    def hang(self, gate: str, busy: bool = False) -> None:
        never_end(gate, busy)

    @event_handler("customers", "company_registered")
    def on_registered(self, payload: dict[str, Any]) -> None:
        if payload["number"]:
            leave_mark(f"{payload['number']}.seen")
        if payload["name"].startswith("fail"):
            raise RuntimeError("the handler fails")
        if payload["name"].startswith("wait"):
            pass_gate(payload["number"])

    @event_handler("customers", "company_updated", requeue_on_error=True)
    def on_updated(self, payload: dict[str, Any]) -> None:
        leave_mark(f"{payload['number']}.failed")
        if not Path(payload["number"]).exists():
            raise RuntimeError("the handler fails until the test lets it pass")
