"""Builds a mail: from a letter's template and values to a message that can be handed to a mail server."""

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from textwrap import fill
from typing import Any
from uuid import UUID

import idna
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from services.notifications.domain import TO_PROVIDER, NotSent
from shared import formats
from shared.contracts.notifications import MailTemplate, Skipped
from shared.contracts.values import Language

# Only ASCII, in short lines, so that every server on the way can pass it on as it is.
POLICY = SMTP.clone(cte_type="7bit")
NAME_LENGTH, SUBJECT_LENGTH, LINE_LENGTH = 60, 150, 72
PORTAL_NAME = {Language.GERMAN: "Kundenportal", Language.ENGLISH: "Customer portal"}
# Marks that turn the direction of what follows them could make one name look like another.
_DIRECTION = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Names before and after the @ as RFC 5322 has them in its simplest form.
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_WORD}(\.{_WORD})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_NOT_IN_NAMES = str.maketrans(dict.fromkeys('"\\<>@,;:()[]', " "))


@dataclass(frozen=True)
class Letter:
    """What a mail says and to whom; `values` are the template's, and `link` where its button leads."""

    template: MailTemplate
    language: Language
    to_name: str
    to_email: str
    provider_name: str
    reply_to: str | None
    values: Mapping[str, Any] = field(default_factory=dict)


def build(letter: Letter, *, sender: str, delivery_id: UUID, at: datetime) -> EmailMessage:
    """The message from the address `sender`; the same delivery has the same Message-ID at every attempt.

    Raises NotSent where an address is none that mail can be sent to. That nobody can answer is no reason.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = _mailbox(_sender_name(letter), sender)
    message["To"] = _mailbox(letter.to_name, letter.to_email)
    if letter.reply_to:
        with suppress(NotSent):
            message["Reply-To"] = _mailbox("", letter.reply_to)
    message["Subject"] = _one_line(_render(letter, "txt", subject=True), SUBJECT_LENGTH)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{delivery_id}@{ascii_address(sender).rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_render(letter, "txt"))
    message.add_alternative(_render(letter, "html"), subtype="html")
    message["Content-Language"] = letter.language.value
    return message


def ascii_address(email: str) -> str:
    """The address as mail servers know it, its domain in ASCII. Raises NotSent."""
    mailbox, _, domain = email.rpartition("@")
    try:
        # Python's own codec takes ß for ss, which is somebody else's domain.
        address = f"{mailbox}@{idna.encode(domain, uts46=True).decode()}"
    except UnicodeError:
        raise NotSent(Skipped.NO_ADDRESS) from None
    if not _ADDRESS.fullmatch(address):
        raise NotSent(Skipped.NO_ADDRESS)
    return address


def _sender_name(letter: Letter) -> str:
    """Customers hear from their provider; the provider from the portal."""
    return PORTAL_NAME[letter.language] if letter.template in TO_PROVIDER else letter.provider_name


def _mailbox(name: str, email: str) -> Address:
    """A name that can't be taken for anything but a name, with its address."""
    plain = _one_line(name.translate(_NOT_IN_NAMES), NAME_LENGTH)
    return Address(display_name=plain, addr_spec=ascii_address(email))


def _one_line(text: str, longest: int) -> str:
    """Text for a header: no line break, no control character, nothing that reads as encoded already."""
    visible = "".join(
        " " if unicodedata.category(character)[0] in "CZ" else character
        for character in text.translate(_DIRECTION)
    )
    line = " ".join(visible.replace("=?", "= ?").split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _render(letter: Letter, form: str, *, subject: bool = False) -> str:
    template = _template(letter.template, letter.language, form)
    values = {
        "language": letter.language,
        "recipient": letter.to_name,
        "provider_name": letter.provider_name,
        **letter.values,
    }
    if subject:
        return "".join(template.blocks["subject"](template.new_context(values)))
    rendered = template.render(values)
    return rendered if form == "html" else _without_gaps(rendered)


def _without_gaps(text: str) -> str:
    """At most one empty line in a row."""
    paragraphs = (paragraph.strip("\n") for paragraph in text.split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip()) + "\n"


@cache
def _template(name: MailTemplate, language: Language, form: str) -> Template:
    return _environment(form).get_template(f"{language}/{name}.jinja")


@cache
def _environment(form: str) -> Environment:
    """Both forms of a mail come from one text: only the layout and its parts differ."""
    environment = Environment(
        loader=PackageLoader("services.notifications"),
        autoescape=form == "html",
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"wrapped": _wrapped, "lines": _lines, "indented": _indented}
    environment.filters |= {"day": formats.day, "clock": formats.clock, "money": formats.money}
    environment.globals |= {"period": formats.period, "layout": f"layout.{form}"}
    parts = environment.get_template(f"parts.{form}").module
    environment.globals |= {
        name: getattr(parts, name) for name in ("paragraph", "quote", "facts", "fact", "button")
    }
    return environment


def _finalize(value: Any) -> Any:
    """Nothing for None; no marks that turn the direction of the text around them."""
    if value is None:
        return ""
    return value.translate(_DIRECTION) if isinstance(value, str) else value


def _wrapped(text: str) -> str:
    """A paragraph in lines of readable length; a space that must not break does not."""
    line = re.sub(r"[ \t\n]+", " ", text).strip()
    return fill(line, LINE_LENGTH, break_long_words=False, break_on_hyphens=False)


def _lines(text: str) -> Markup:
    """Text of several lines for HTML."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def _indented(text: str) -> str:
    """Text of several lines, set off from what is ours."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
