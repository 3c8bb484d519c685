"""What every answer carries for the browser's protection, where it is, and where a redirect may lead."""

import re
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# Methods that change nothing (RFC 9110, 9.2.1).
SAFE = ("GET", "HEAD", "OPTIONS")
HSTS = "max-age=31536000; includeSubDomains"
_WITH_PORT = re.compile(r"\[(.+)\](?::\d+)?|([\d.]+):\d+")


def register(app: Flask, *, secure: bool, images: str | None = None) -> None:
    """Add the headers to every answer of the application; `images` is one more host for them."""
    headers = HEADERS | {"Content-Security-Policy": content_security_policy(images)}

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = HSTS
        _cache(response)
        _stay(response)
        return response


def content_security_policy(images: str | None) -> str:
    """What pages may load: only what is the gateway's own, and images of one more host where there is one."""
    return "; ".join(
        (
            "default-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            # Stylesheets hold small drawings in themselves.
            " ".join(("img-src 'self' data:", images or "")).strip(),
        )
    )


def believe(app: Flask, *, proxies: int) -> None:
    """Take where a call came from from the proxies before the gateway, as many as there are."""
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]


def client() -> str | None:
    """Where the browser is. Who guesses passwords is slowed down by this, and who sends too much."""
    return whereabouts(request.remote_addr)


def whereabouts(address: str | None) -> str | None:
    """An address, or its network where one can take any in it, as with IPv6; None for what is none."""
    try:
        known = ip_address(_without_port(address or ""))
    except ValueError:
        return None
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
    return str(known)


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


def _without_port(address: str) -> str:
    """Some proxies say from which port a browser called, too."""
    found = _WITH_PORT.fullmatch(address)
    return (found[1] or found[2]) if found else address


def _cache(response: Response) -> None:
    """Pages hold what is private, so none may be seen after signing out."""
    response.headers.setdefault("Cache-Control", "no-store")


def _stay(response: Response) -> None:
    """Routing redirects to a whole address; which scheme and host are right, the browser knows better."""
    location = response.location or ""
    if location.startswith(request.host_url):
        response.location = local_path("/" + location.removeprefix(request.host_url)) or "/"
