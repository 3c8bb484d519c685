"""One operation of the API: which method of a service it is, and how it looks in HTTP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from shared.contracts.declare import field_names
from shared.contracts.values import Nothing

_IN_PATH = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Operation:
    """`arguments` and `answer` are declared classes; a field whose name the path has comes from there.

    `without` are fields that the gateway fills in. `open` ones need nobody to be signed in. What `changes`
    something answers with a position; what is `repeatable` is done once for an Idempotency-Key. `also` are
    statuses beside the usual ones. `body` and `content` describe what is no JSON.
    """

    verb: str
    path: str
    name: str
    summary: str
    arguments: type = Nothing
    answer: type | None = None
    status: int = 200
    open: bool = False
    changes: bool = False
    repeatable: bool = False
    without: frozenset[str] = frozenset()
    also: frozenset[int] = frozenset()
    body: Mapping[str, Any] | None = None
    body_name: str | None = None
    content: Mapping[str, Any] | None = None

    @property
    def is_query(self) -> bool:
        return self.verb == "GET"

    @property
    def success(self) -> str:
        return HTTPStatus(self.status).phrase

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The arguments that the query string or the body may hold."""
        filled = {*_IN_PATH.findall(self.path), *self.without}
        return tuple(name for name in field_names(self.arguments) if name not in filled)

    @property
    def in_query(self) -> tuple[str, ...]:
        return self.given if self.is_query else ()

    @property
    def in_body(self) -> tuple[str, ...]:
        return () if self.is_query else self.given
