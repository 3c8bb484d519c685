"""Who is signed in: the tokens in Flask's signed cookie, and calls to the services in that person's name."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import current_app, g, session

from shared.contracts.errors import DeadlineExceeded, PortalError, Unauthenticated, Unavailable
from shared.contracts.values import CallerKind, Language
from shared.identity.caller import Caller
from shared.identity.tokens import claimed
from shared.messaging.client import RpcClient

CLIENT = "portal_rpc"
REFRESH_BEFORE = timedelta(seconds=60)
_SIGNED_IN = "signed_in"
_PROVIDER = "provider_name"
_BEARER = "bearer"
_SILENT = "silent"
_LANGUAGE = "language"
_KEPT = ("access_token", "refresh_token", "expires_at", "caller")


def start(answer: Mapping[str, Any]) -> None:
    """Begin a new session from what `invitation` answered; nothing but the chosen language stays."""
    chosen = language()
    session.clear()
    if chosen:
        speak(chosen)
    session.permanent = True
    _keep(answer)


def end() -> None:
    """Forget the session in this browser and, when it can be reached, at `invitation` too."""
    signed_in = session.get(_SIGNED_IN)
    session.clear()
    if signed_in is None:
        return
    try:
        call_as_anyone("invitation", "sign_out", refresh_token=signed_in["refresh_token"])
    except PortalError as error:
        # The person has left either way; the refresh token expires by itself.
        current_app.logger.warning("sign-out did not reach invitation: %s", error.code)


def forget() -> None:
    """Forget a session that the services accept no longer."""
    session.clear()


def kind() -> CallerKind | None:
    """Whether a customer or staff is signed in, or nobody."""
    signed_in = session.get(_SIGNED_IN)
    return CallerKind(signed_in["caller"]["kind"]) if signed_in else None


def account_id() -> str | None:
    """The account that is signed in, or None."""
    signed_in = session.get(_SIGNED_IN)
    return str(signed_in["caller"]["account_id"]) if signed_in else None


def use(token: str) -> None:
    """Make the calls of this request with a token that came with it, whoever is signed in."""
    setattr(g, _BEARER, token)


def has_bearer() -> bool:
    """Whether this request brought a token of its own."""
    return _BEARER in g


def caller() -> Caller:
    """Whom the token of this request names; certain only once a service has accepted it.

    Raises Unauthenticated.
    """
    return claimed(_access_token())


def remember_provider(provider: Mapping[str, Any] | None) -> None:
    """Keep the provider's name, once it is known, for the head of the pages that don't ask for it."""
    if provider and session.get(_PROVIDER) != provider["name"]:
        session[_PROVIDER] = provider["name"]


def provider_name() -> str | None:
    name: str | None = session.get(_PROVIDER)
    return name


def speak(language: Language) -> None:
    """Let the pages speak this language from now on, whatever the browser prefers."""
    session[_LANGUAGE] = language.value


def language() -> Language | None:
    """The language that was chosen, if one was."""
    found = session.get(_LANGUAGE)
    return Language(found) if found else None


def call(service: str, method: str, /, **arguments: Any) -> Any:
    """Call a service as the person signed in. Raises Unauthenticated and what the service answers."""
    return _ask(service, method, auth_token=_access_token(), **arguments)


def call_as_anyone(service: str, method: str, /, **arguments: Any) -> Any:
    """Call a method that needs no caller."""
    return _ask(service, method, **arguments)


def silent() -> str | None:
    """The service that gave this request no answer, if there was one and not all are out of reach."""
    name: str | None = g.get(_SILENT)
    return name


def correlation_id() -> UUID:
    """The id that ties together all that one page view causes."""
    if "correlation_id" not in g:
        g.correlation_id = uuid4()
    found: UUID = g.correlation_id
    return found


def _ask(service: str, method: str, /, **arguments: Any) -> Any:
    try:
        return client().call(service, method, correlation_id=correlation_id(), **arguments)
    except (DeadlineExceeded, Unavailable):
        if client().connected:
            setattr(g, _SILENT, service)
        raise


def _access_token() -> str:
    """An access token that is good for this request; that of a session is renewed before it expires."""
    if has_bearer():
        return str(getattr(g, _BEARER))
    signed_in = session.get(_SIGNED_IN)
    if signed_in is None:
        raise Unauthenticated()
    expires_at = datetime.fromisoformat(signed_in["expires_at"])
    if expires_at - datetime.now(UTC) < REFRESH_BEFORE:
        signed_in = _keep(call_as_anyone("invitation", "refresh", refresh_token=signed_in["refresh_token"]))
    token: str = signed_in["access_token"]
    return token


def _keep(answer: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: answer[name] for name in _KEPT}
    session[_SIGNED_IN] = kept
    return kept


def client() -> RpcClient:
    """What this gateway calls the services through."""
    found: RpcClient = current_app.extensions[CLIENT]
    return found
