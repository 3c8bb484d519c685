"""What every answer carries for the browser's protection, and where a redirect may lead."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"
ASSETS = "static"
A_YEAR_S = 365 * 24 * 3600


def register(app: Flask, *, secure: bool) -> None:
    """Add the headers to every answer of the application."""

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = HSTS
        _cache(response)
        return response


def local_path(target: str | None) -> str | None:
    """`target` when it is a path of this portal, else None.

    Browsers read a backslash as a slash and skip tabs and line breaks, so that `/\\evil.example` or
    `/<tab>/evil.example` would lead to another host.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(character <= " " or character == "\x7f" for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _cache(response: Response) -> None:
    """Pages hold what is private, so none may be seen after signing out; assets carry their version."""
    if request.endpoint == ASSETS and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    elif request.endpoint != ASSETS:
        response.headers["Cache-Control"] = "no-store"
