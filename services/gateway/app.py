"""Builds the Flask application from its parts."""

from datetime import timedelta

from flask import Flask
from flask_wtf import CSRFProtect

from services.gateway import (
    access_log,
    account,
    back_office,
    errors,
    formatting,
    health,
    portal,
    security,
    session,
)
from shared.messaging.client import RpcClient

# Holds a description of 10,000 characters of four bytes, sent as multipart/form-data.
LARGEST_FORM_BYTES = 64 * 1024
SESSION_LIFETIME = timedelta(days=30)


def create_app(client: RpcClient, *, secret_key: str, secure_cookies: bool) -> Flask:
    """The gateway, which calls the services through `client`.

    `secret_key` signs the session cookie. `secure_cookies` is for everything but plain HTTP on this machine.
    """
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_BYTES,
        # A form may stay open over lunch; its token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        **_cookie(secure_cookies),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "finalize": _nothing_for_none}
    app.extensions[session.CLIENT] = client
    access_log.register(app)
    CSRFProtect(app)
    formatting.register(app)
    errors.register(app)
    security.register(app, secure=secure_cookies)
    for blueprint in (health.pages, account.pages, portal.pages, back_office.pages):
        app.register_blueprint(blueprint)
    return app


def _nothing_for_none(value: object) -> object:
    """What is not known, or was erased, shows as nothing."""
    return "" if value is None else value


def _cookie(secure: bool) -> dict[str, object]:
    return {
        # The prefix makes browsers refuse a cookie set by a neighbouring host or without TLS.
        "SESSION_COOKIE_NAME": "__Host-portal" if secure else "portal",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": SESSION_LIFETIME,
        # Sent only when changed: an answer that overtakes a sign-out must not bring the session back.
        "SESSION_REFRESH_EACH_REQUEST": False,
    }
