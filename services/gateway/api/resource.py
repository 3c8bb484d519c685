"""A group of operations: routes, what they ask of a caller, and their part of the specification."""

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from werkzeug.exceptions import HTTPException

from services.gateway import session
from services.gateway.api import given, identity, problems
from services.gateway.api.answers import answered, done
from services.gateway.api.documentation import describe
from services.gateway.api.operation import Operation
from shared.contracts.errors import PortalError
from shared.contracts.values import Nothing

PREFIX = "/api/v1"
View = Callable[..., Response]


class Resource(Blueprint):  # type: ignore[misc]
    """`name` heads the group in the specification, and `about` stands under it."""

    def __init__(self, name: str, about: str) -> None:
        super().__init__(name, __name__, url_prefix=PREFIX, description=about)
        self.register_error_handler(PortalError, problems.of)
        self.register_error_handler(HTTPException, problems.of_http)
        self.register_error_handler(Exception, problems.of_fault)

    def query(
        self,
        path: str,
        target: str,
        arguments: type,
        answer: type,
        summary: str,
        *,
        name: str | None = None,
        **details: Any,
    ) -> None:
        """GET `path` asks `target`, a `service.method`; `details` are the operation's."""
        operation = Operation(
            "GET", path, name or _name(target), summary, arguments=arguments, answer=answer, **details
        )
        self.operation(operation)(lambda **values: answered(_call(operation, target, values)))

    def command(
        self, verb: str, path: str, target: str, arguments: type = Nothing, *, summary: str, **details: Any
    ) -> None:
        """A call of `path` has `target`, a `service.method`, do something; `details` are the operation's."""
        is_open = details.get("open", False)
        operation = Operation(
            verb,
            path,
            details.pop("name", None) or _name(target),
            summary,
            arguments=arguments,
            **{"changes": True, "repeatable": not is_open} | details,
        )
        self.operation(operation)(
            lambda **values: done(_call(operation, target, values | _key(operation)), operation.status)
        )

    def operation(self, operation: Operation) -> Callable[[View], View]:
        """Serve an operation by a function that takes what the path and the request give."""

        def register(view: View) -> View:
            def answer(**path: Any) -> Response:
                if not operation.open:
                    identity.identify()
                return view(**path, **_given(operation))

            described = self.doc(**describe(operation))(answer)
            self.add_url_rule(operation.path, operation.name, described, methods=[operation.verb])
            return view

        return register


def _call(operation: Operation, target: str, values: dict[str, Any]) -> Any:
    service, _, method = target.partition(".")
    call = session.call_as_anyone if operation.open else session.call
    return call(service, method, **values)


def _given(operation: Operation) -> dict[str, Any]:
    if operation.body is not None:
        return {}
    if not operation.is_query:
        return given.in_body(operation.in_body, open=operation.open)
    if "at_least" in operation.in_query or operation.open:
        return given.in_query(operation.in_query)
    values = given.in_query((*operation.in_query, "at_least"))
    # All services but `portal_read` are always up to date, so that there is nothing to wait for.
    given.position(values.pop("at_least", "0:0"), "at_least")
    return values


def _key(operation: Operation) -> dict[str, str]:
    return problems.idempotency() if operation.repeatable else {}


def _name(target: str) -> str:
    return target.replace(".", "_")
