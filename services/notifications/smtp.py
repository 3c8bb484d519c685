"""Hands a mail to the mail server, and says what came of it: taken, refused, later, or not to be reached."""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Self
from urllib.parse import unquote, urlsplit

from shared.config import SMTP_PORTS

CONNECT_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 30.0
# For its yes to the mail itself: a server may look at it for long, and deliver what we no longer wait for
# (RFC 5321, 4.5.3.2.6).
TAKEN_TIMEOUT_S = 600.0
OK, FORWARDED = 250, 251
# The server wants us to log in first, or not so: that is between it and the settings, not about this mail.
_ABOUT_LOGIN = (530, 535)


class MailFault(Exception):
    """`code` is the server's status or a word of ours; never a text, which may hold an address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(MailFault):
    """This mail will never be taken."""


class TryLater(MailFault):
    """This mail was not taken this time."""


class ServerAway(MailFault):
    """No mail can be handed over just now."""


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed in; `scheme` is `smtp`, `smtps` or `smtp+starttls`."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL that Config has checked."""
        parts = urlsplit(url)
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        return cls(parts.scheme, str(parts.hostname), parts.port or SMTP_PORTS[parts.scheme], user, password)

    def send(self, message: EmailMessage, *, sender: str, to: str) -> None:
        """Hand a mail over; returns when the server has taken it. Raises MailFault."""
        content = message.as_bytes()
        server = self._connect()
        try:
            _hand_over(server, content, sender=sender, to=to)
            # It is taken; whether the farewell arrives does not matter and must not be waited for.
            server.putcmd("quit")
        except smtplib.SMTPResponseException as error:
            raise _answered(error.smtp_code) from None
        except smtplib.SMTPServerDisconnected as error:
            silent = isinstance(error.__context__, TimeoutError)
            raise TryLater("timeout" if silent else "disconnected") from None
        except TimeoutError:
            raise TryLater("timeout") from None
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(type(error).__name__) from None
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        try:
            server = self._greeted()
            if self.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if self.user:
                server.login(self.user, self.password or "")
        except smtplib.SMTPAuthenticationError:
            raise ServerAway("login_refused") from None
        except smtplib.SMTPResponseException as error:
            raise ServerAway(str(error.smtp_code)) from None
        except TimeoutError:
            raise ServerAway("timeout") from None
        except ssl.SSLError:
            raise ServerAway("tls_failed") from None
        except (OSError, smtplib.SMTPException):
            raise ServerAway("unreachable") from None
        return server

    def _greeted(self) -> smtplib.SMTP:
        name = socket.gethostname()
        if self.scheme == "smtps":
            return smtplib.SMTP_SSL(
                self.host,
                self.port,
                local_hostname=name,
                timeout=CONNECT_TIMEOUT_S,
                context=ssl.create_default_context(),
            )
        return smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=CONNECT_TIMEOUT_S)


def _hand_over(server: smtplib.SMTP, content: bytes, *, sender: str, to: str) -> None:
    """Raises MailFault, and what smtplib raises."""
    assert server.sock is not None
    server.sock.settimeout(ANSWER_TIMEOUT_S)
    server.ehlo_or_helo_if_needed()
    size = [f"size={len(content)}"] if server.does_esmtp and server.has_extn("size") else []
    if (code := server.mail(sender, size)[0]) != OK:
        raise TryLater(str(code))
    if (code := server.rcpt(to)[0]) not in (OK, FORWARDED):
        raise _answered(code)
    server.sock.settimeout(TAKEN_TIMEOUT_S)
    if (code := server.data(content)[0]) != OK:
        raise _answered(code)


def _answered(code: int) -> MailFault:
    """What an answer other than yes means."""
    permanent = 500 <= code < 600 and code not in _ABOUT_LOGIN
    return Refused(str(code)) if permanent else TryLater(str(code))
