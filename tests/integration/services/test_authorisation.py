"""Every method of every service checks its caller itself, and does nothing for those it is not for."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

import services
from deploy.stack import SERVICES
from portalctl.methods import entrypoints
from shared.contracts.errors import MethodNotFound, Unauthenticated, ValidationFailed
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller
from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now, operator_caller
from shared.messaging.rpc import CUSTOMER, OPERATOR, SERVICE, STAFF, Command
from tests.integration.services.belongings import Belongings, amounts
from tests.integration.services.methods import arguments, has_secrets, methods, outcome
from tests.integration.services.rules import OPEN_TO_ANYONE, RULES
from tests.support.stack import Stack

METHODS = methods()
GUARDED = sorted(METHODS.keys() - OPEN_TO_ANYONE)
# The gateway is reached by HTTP; it calls the methods as its users do.
WITHOUT_RPC = {"gateway"}


@pytest.fixture(scope="module")
def tokens(portal: Stack, owner: Belongings) -> dict[CallerKind, str]:
    return {
        CUSTOMER: owner.customer.token,
        STAFF: owner.staff,
        SERVICE: portal.service,
        OPERATOR: portal.operator,
    }


@pytest.fixture(scope="module")
def bad_tokens(portal: Stack, tokens: dict[CallerKind, str]) -> dict[str, object]:
    """What is no token, and what would be a good one but for one thing."""
    sessions = SigningKey.load(portal.keys, "sessions")
    stolen_kid = SigningKey(sessions.kid, Ed25519PrivateKey.generate())
    bad: dict[str, object] = {"none": None, "empty": "", "no token": "abc", "a number": 7}
    for kind, token in tokens.items():
        claims = jwt.decode(token, options={"verify_signature": False})
        headers = {"kid": sessions.kid}
        past = claims | {"exp": now() - timedelta(seconds=1)}
        bad |= {
            f"expired {kind}": jwt.encode(past, sessions.private, algorithm="EdDSA", headers=headers),
            f"forged {kind}": jwt.encode(claims, stolen_kid.private, algorithm="EdDSA", headers=headers),
            f"unsigned {kind}": jwt.encode(claims, None, algorithm="none", headers=headers),
        }
    return bad | {"an operator signed by sessions": issue(sessions, operator_caller(), now=now())}


def test_the_walk_comes_by_every_service():
    folders = {path.parent.name for path in Path(services.__path__[0]).glob("*/service.py")}
    assert folders - WITHOUT_RPC == SERVICES.keys()


def test_every_method_has_a_rule_and_no_other_rule_than_its_own():
    assert METHODS.keys() == RULES.keys() | OPEN_TO_ANYONE
    assert {name: set(METHODS[name].allow) for name in GUARDED} == RULES
    assert {name for name, method in METHODS.items() if not method.allow} == OPEN_TO_ANYONE


def test_what_is_no_rpc_method_can_not_be_called(portal: Stack):
    others = [*(entrypoints().keys() - METHODS.keys()), "requests.log", "requests._answer", "invitation._key"]
    assert "orders.create_order" in others
    for name in others:
        with pytest.raises(MethodNotFound):
            portal.call(name, portal.operator)


@pytest.mark.parametrize("target", GUARDED)
def test_without_a_good_token_a_method_does_nothing(
    portal: Stack, portal_database: Engine, owner: Belongings, bad_tokens: dict[str, object], target: str
):
    values = arguments(METHODS[target].arguments, owner.ids)
    before = amounts(portal_database, owner.ids["provider_id"])
    outcomes = {what: outcome(portal, target, token, values)[0] for what, token in bad_tokens.items()}
    assert outcomes == dict.fromkeys(bad_tokens, "Unauthenticated")
    assert amounts(portal_database, owner.ids["provider_id"]) == before


@pytest.mark.parametrize("target", GUARDED)
def test_for_callers_of_another_kind_a_method_does_nothing(
    portal: Stack, portal_database: Engine, owner: Belongings, tokens: dict[CallerKind, str], target: str
):
    values = arguments(METHODS[target].arguments, owner.ids)
    before = amounts(portal_database, owner.ids["provider_id"])
    others = tokens.keys() - RULES[target]
    outcomes = {kind: outcome(portal, target, tokens[kind], values)[0] for kind in others}
    assert outcomes == dict.fromkeys(others, "Forbidden")
    assert amounts(portal_database, owner.ids["provider_id"]) == before


@pytest.mark.parametrize("target", GUARDED)
def test_who_is_not_let_in_does_not_learn_what_the_arguments_should_be(portal: Stack, target: str):
    with pytest.raises(Unauthenticated):
        portal.call(target, None, nonsense=True)


@pytest.mark.parametrize("target", sorted(METHODS))
def test_fields_that_are_not_declared_are_refused(portal: Stack, tokens, owner: Belongings, target: str):
    kind = next(iter(METHODS[target].allow), None)
    values = arguments(METHODS[target].arguments, owner.ids)
    with pytest.raises(ValidationFailed) as refused:
        portal.call(target, tokens.get(kind), **values, is_admin=True)
    assert refused.value.fields.keys() == {"is_admin"}


def test_a_customer_of_no_company_is_nobody(portal: Stack, owner: Belongings):
    caller = Caller(kind=CUSTOMER, account_id=uuid4(), provider_id=UUID(owner.ids["provider_id"]))
    token = issue(SigningKey.load(portal.keys, "sessions"), caller, now=now())
    with pytest.raises(Unauthenticated):
        portal.call("requests.requests", token)


def test_the_log_never_keeps_a_digest_of_a_secret():
    """A digest of a command's arguments is kept to know it again; of a password it could be guessed from."""
    commands = {name: each for name, each in METHODS.items() if isinstance(each, Command) and each.allow}
    assert "invitation.register_staff" in commands
    assert not [name for name, each in commands.items() if each.remember and has_secrets(each.arguments)]
