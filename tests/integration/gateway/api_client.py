"""A program that uses the JSON API, with a bearer token or as a script of a signed-in browser's page does."""

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

API = "/api/v1"


@dataclass
class ApiClient:
    """`headers` say who is calling; the client keeps the cookies."""

    client: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def with_token(cls, client: FlaskClient, token: str) -> "ApiClient":
        return cls(client, {"Authorization": f"Bearer {token}"})

    @classmethod
    def with_session(cls, client: FlaskClient) -> "ApiClient":
        """As a script of a page whose reader is signed in."""
        return cls(client, {"X-CSRFToken": client.get(f"{API}/session").get_json()["csrf_token"]})

    def send(
        self, verb: str, path: str, headers: dict[str, str] | None = None, **details: Any
    ) -> TestResponse:
        return self.client.open(API + path, method=verb, headers=self.headers | (headers or {}), **details)

    def do(self, verb: str, path: str, body: Any = None, **details: Any) -> Any:
        """Send something that must be answered well; what is answered."""
        answer = self.send(verb, path, **({"json": body} if body is not None else {}), **details)
        assert answer.status_code < 300, (verb, path, answer.status_code, answer.get_data(as_text=True)[:500])
        return answer.get_json() if answer.is_json else answer.data

    def get(self, path: str, **query: Any) -> Any:
        return self.do("GET", path, query_string=query)
