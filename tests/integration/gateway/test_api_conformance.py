"""Whatever is sent to the API, sensible or not, is answered as its specification says."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from sqlalchemy import Engine

from shared.identity.tokens import now
from tests.integration.gateway.api_client import API
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.test_forgotten_password import let_links_expire, token_of
from tests.integration.services.belongings import Belongings, belongings
from tests.support.stack import Stack

EXAMPLES = 4
# So that guessing passwords slows down nobody else.
FROM = "203.0.113.99"
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.ignored_auth,
]
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def owner(portal: Stack) -> Belongings:
    return belongings(portal, portal.provider())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
@pytest.mark.parametrize("kind", ["customer", "staff"])
def test_every_answer_is_one_that_the_specification_describes(
    gateway: Flask, owner: Belongings, monkeypatch: pytest.MonkeyPatch, kind: str, mode: GenerationMode
) -> None:
    monkeypatch.setattr("services.gateway.api.changes.LONGEST_S", 0)
    token = owner.customer.token if kind == "customer" else owner.staff
    failures = []
    for result in _specified(gateway).get_all_operations():
        try:
            _try_out(result.ok(), mode, token, owner.ids)
        except Unsatisfiable:
            # Nothing that could be sent there is wrong, as far as its form goes.
            continue
        except FailureGroup as error:
            failures.append(str(error)[:2_000])
    assert not failures, "\n\n".join(failures)


def test_a_link_that_has_expired_is_answered_as_the_specification_describes(
    portal: Stack, portal_database: Engine, gateway: Flask, people: Company
) -> None:
    token = token_of(portal, people)
    let_links_expire(portal_database, people)
    case = _specified(gateway)[f"{API}/password-reset/{{token}}"]["GET"].Case(
        path_parameters={"token": token}
    )
    assert case.call_and_validate(checks=CHECKS).status_code == 409


def test_a_session_whose_portal_is_off_is_answered_as_the_specification_describes(
    portal: Stack, gateway: Flask, people: Company, customer: Browser
) -> None:
    with customer.client.session_transaction() as session:
        session["signed_in"] |= {"expires_at": now().isoformat()}
        session.modified = True
    cookie = customer.client.get_cookie("portal")
    assert cookie is not None
    portal.call("invitation.deactivate_portal", people.staff_token)
    case = _specified(gateway)[f"{API}/dashboard"]["GET"].Case(cookies={"portal": cookie.value})
    assert case.call_and_validate(checks=CHECKS).status_code == 409


def _specified(app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.json", _from_elsewhere(app))


def _try_out(operation: Any, mode: GenerationMode, token: str, ids: dict[str, str]) -> None:
    """Send what fits the operation's schema, or what doesn't, about things that exist and that don't."""

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def sends(case: Any, known: bool) -> None:
        if known and mode is GenerationMode.POSITIVE:
            case.path_parameters |= {name: id_ for name, id_ in ids.items() if name in case.path_parameters}
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    sends()


def _from_elsewhere(app: Flask) -> Callable[..., Iterable[bytes]]:
    def called(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return app(environ | {"REMOTE_ADDR": FROM}, start_response)

    return called
