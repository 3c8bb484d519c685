"""Signing in and out over the API: sessions, invitations, passwords."""

from contextlib import suppress
from typing import Any

from flask import Response
from flask_wtf.csrf import generate_csrf

from services.gateway import session
from services.gateway.api import identity
from services.gateway.api.answers import answered, done
from services.gateway.api.operation import Operation
from services.gateway.api.resource import Resource
from services.gateway.security import client
from shared.contracts import invitation as contract
from shared.contracts.codec import to_plain
from shared.contracts.declare import message
from shared.contracts.errors import NotFound
from shared.contracts.invitation import CallerView
from shared.contracts.values import Listing

api = Resource("Signing in", "Sessions and their tokens, invitations, passwords.")
_CLIENT = frozenset({"client"})
_THROTTLED = frozenset({401, 429})
_SIGNED_OUT = frozenset({401})
_EXPIRED = frozenset({409})


@message
class SignedIn:
    """`csrf_token` is for the browser's session; there is none with a bearer token."""

    caller: CallerView
    csrf_token: str | None


@api.operation(Operation("GET", "/session", "session", "Who is signed in.", answer=SignedIn))
def current_session() -> Response:
    caller = identity.confirmed()
    view = {name: to_plain(getattr(caller, name)) for name in CallerView.__annotations__}
    return answered({"caller": view, "csrf_token": None if session.has_bearer() else generate_csrf()})


@api.operation(
    Operation(
        "POST",
        "/session",
        "sign_in",
        "Sign in; sets no cookie.",
        arguments=contract.SignIn,
        answer=contract.Session,
        status=201,
        open=True,
        changes=True,
        without=_CLIENT,
        also=_THROTTLED,
    )
)
def sign_in(**values: Any) -> Response:
    return done(session.call_as_anyone("invitation", "sign_in", client=client(), **values), 201)


@api.operation(Operation("DELETE", "/session", "sign_out", "Sign out.", status=204))
def sign_out() -> Response:
    """Ends the session that the token was given to, unless something else has ended it.

    The access token itself stays good until it expires.
    """
    if not session.has_bearer():
        session.end()
        return Response(status=204)
    with suppress(NotFound):
        session.call("invitation", "end_session", session_id=identity.confirmed().session_id)
    return Response(status=204)


api.command(
    "POST",
    "/session/refresh",
    "invitation.refresh",
    contract.Refresh,
    summary="Renew a session: new tokens for the refresh token, which is good once.",
    answer=contract.Session,
    open=True,
    also=_SIGNED_OUT,
)
api.query("/sessions", "invitation.sessions", Listing, contract.SessionPage, "The caller's own sessions.")
api.command(
    "DELETE",
    "/sessions/<uuid:session_id>",
    "invitation.end_session",
    contract.SessionById,
    summary="End one of the caller's own sessions.",
)
api.query(
    "/invitations/<token>",
    "invitation.check",
    contract.CheckInvitation,
    contract.InvitationCheck,
    "What an invitation is for; changes nothing.",
    open=True,
)
api.command(
    "POST",
    "/invitations/<token>/accept",
    "invitation.accept",
    contract.AcceptInvitation,
    summary="Accept an invitation: set a password and sign in.",
    answer=contract.Session,
    status=201,
    open=True,
)
api.command(
    "POST",
    "/invitations/<token>/renew",
    "invitation.request_new_invitation",
    contract.RequestNewInvitation,
    summary="Have an expired invitation sent again; always answers the same.",
    status=202,
    open=True,
)


@api.operation(
    Operation(
        "POST",
        "/password-reset",
        "request_password_reset",
        "Have a link sent that sets another password; always answers the same.",
        arguments=contract.RequestPasswordReset,
        status=202,
        open=True,
        changes=True,
        without=_CLIENT,
        also=_THROTTLED,
    )
)
def request_password_reset(**values: Any) -> Response:
    heard = session.call_as_anyone("invitation", "request_password_reset", client=client(), **values)
    return done(heard, 202)


api.query(
    "/password-reset/<token>",
    "invitation.check_reset",
    contract.CheckReset,
    contract.ResetCheck,
    "Whose password a link sets; changes nothing.",
    open=True,
    also=_EXPIRED,
)
api.command(
    "POST",
    "/password-reset/<token>",
    "invitation.reset_password",
    contract.ResetPassword,
    summary="Set another password with the link's token; ends all sessions.",
    open=True,
)
api.command(
    "POST",
    "/password",
    "invitation.change_password",
    contract.ChangePassword,
    summary="Change the caller's own password; ends the caller's other sessions.",
    repeatable=False,
    also=frozenset({429}),
)
