"""Builds the Flask application from its parts."""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect

from services.gateway import (
    access_log,
    account,
    account_settings,
    appointments,
    back_office,
    bodies,
    caught_mails,
    documents,
    downloads,
    equipment,
    errors,
    formatting,
    health,
    languages,
    maps,
    new_request,
    passwords,
    portal,
    rates,
    security,
    session,
    sites,
    static_files,
    strengths,
    traces,
    watching,
)
from services.gateway.api import specification
from services.gateway.changes import CHANGES, Changes
from services.gateway.maps import Tiles
from services.gateway.provider import publishing
from services.gateway.watching import Network
from shared.contracts.declare import ERASED
from shared.files.store import FileStore
from shared.messaging.client import RpcClient

# Holds a description of 10,000 characters of four bytes, sent as multipart/form-data.
LARGEST_FORM_BYTES = 64 * 1024
_CUSTOMERS = (sites, appointments, equipment, documents, new_request, portal, account_settings)
SESSION_LIFETIME = timedelta(days=30)


def create_app(
    client: RpcClient,
    *,
    changes: Changes,
    files: FileStore,
    secret_key: str,
    secure_cookies: bool,
    mails: Path | None = None,
    tiles: Tiles | None = None,
    watchers: Collection[Network] = (),
    changes_per_minute: int = 0,
) -> Flask:
    """The gateway, which calls the services through `client`, hears of `changes`, and reads `files`.

    `secret_key` signs the session cookie. `secure_cookies` is for everything but plain HTTP on this machine.
    `mails` is the folder of caught mails, where they are to be shown. `tiles` is the map's tile server.
    `watchers` are the networks from which the metrics may be read. With `changes_per_minute` no caller may
    send more.
    """
    app = Flask(__name__, static_folder=None)
    app.request_class = bodies.Request
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_BYTES,
        # A form may stay open over lunch; its token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        **_cookie(secure_cookies),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "finalize": _shown}
    app.extensions[session.CLIENT] = client
    app.extensions[CHANGES] = changes
    app.extensions[downloads.FILES] = files
    access_log.register(app)
    traces.register(app)
    watching.register(app, watching.watched(client), watchers)
    csrf = CSRFProtect(app)
    if changes_per_minute:
        rates.register(app, changes_per_minute)
    languages.register(app)
    static_files.register(app)
    maps.register(app, tiles)
    formatting.register(app)
    errors.register(app)
    security.register(app, secure=secure_cookies, images=tiles.origin if tiles else None)
    for part in (health, account, passwords, strengths, *_CUSTOMERS, downloads, back_office):
        app.register_blueprint(part.pages)
    csrf.exempt(publishing.publish)
    specification.register(app, csrf)
    if mails is not None:
        app.register_blueprint(caught_mails.pages(mails))
    return app


def _shown(value: object) -> object:
    """What is not known shows as nothing, and what was erased as that."""
    if isinstance(value, str) and ERASED in value:
        return value.replace(ERASED, languages.gettext("[gelöscht]"))
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
