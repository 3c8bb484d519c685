"""Shows the mails that a catcher keeps in a folder, where the portal is only tried out."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from mailbox import Maildir
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, render_template, request

from services.gateway.settings import is_this_machine

NEWEST = 200
# The mail is a page of its own without scripts; its links open in a new window, as they do in a mail reader.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
FRAMED = {
    "Content-Security-Policy": f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline';"
    " frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass(frozen=True)
class CaughtMail:
    key: str
    subject: str
    sender: str
    to: str
    sent_at: datetime | None
    text: str
    html: str

    @classmethod
    def read(cls, box: Maildir, key: str) -> Self:
        """Raises KeyError."""
        message = message_from_bytes(box.get_bytes(key), policy=default)
        return cls(
            key=key,
            subject=str(message["Subject"] or ""),
            sender=str(message["From"] or ""),
            to=str(message["To"] or ""),
            sent_at=getattr(message["Date"], "datetime", None),
            text=_part(message, "plain"),
            html=_part(message, "html"),
        )


def pages(folder: Path) -> Blueprint:
    """The pages over the maildir `folder`."""
    blueprint = Blueprint("caught_mails", __name__, url_prefix="/mails")

    @blueprint.before_request
    def only_from_this_machine() -> None:
        """Also keeps out a page elsewhere whose own name was made to lead here."""
        host = urlsplit(f"//{request.host}").hostname or ""
        if not is_this_machine(request.remote_addr or "") or not is_this_machine(host):
            abort(404)

    @blueprint.get("")
    def all_mails() -> str:
        box = _box(folder)
        keys = sorted(box.iterkeys(), key=_caught_at, reverse=True)[:NEWEST]
        return render_template("mails.html", mails=[CaughtMail.read(box, key) for key in keys])

    @blueprint.get("/<key>")
    def mail(key: str) -> str:
        return render_template("mail.html", mail=_found(folder, key), sandbox=SANDBOX)

    @blueprint.get("/<key>/html")
    def html(key: str) -> Response:
        response = make_response(_found(folder, key).html)
        response.headers.update(FRAMED)
        return response

    return blueprint


def _box(folder: Path) -> Maildir:
    return Maildir(folder, factory=None, create=True)


def _found(folder: Path, key: str) -> CaughtMail:
    box = _box(folder)
    # Looked up among the names that are there, so that no other file can be asked for.
    if key not in set(box.iterkeys()):
        abort(404)
    return CaughtMail.read(box, key)


def _caught_at(key: str) -> list[int]:
    """The name of a caught mail begins with seconds, microseconds, process and count, of any length."""
    return [int(part) for part in re.findall(r"\d+", key)[:4]]


def _part(message: EmailMessage, form: str) -> str:
    part = message.get_body((form,))
    return str(part.get_content()) if part is not None else ""
