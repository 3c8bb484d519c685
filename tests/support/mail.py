"""A mail server that keeps what it gets, and does what a test wants where that is not to take a mail."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_binary_file
from email.message import EmailMessage
from email.policy import default
from mailbox import Maildir
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller

from deploy.mail_catcher import Catcher
from deploy.servers.ports import LOOPBACK, free_port
from tests.support.waiting import wait_until

HANG_UP = "hang up"


class MailServer(Catcher):
    """Runs in a thread. `answers` says what is said to a mail for an address: a status, or HANG_UP.

    `slow` and `ponders` are how long that takes, in seconds, and the answer to the mail itself.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder)
        self.answers: dict[str, str] = {}
        self.slow: dict[str, float] = {}
        self.ponders: dict[str, float] = {}
        self.asked: list[str] = []
        self._folder, self._options = folder, options
        self.port = free_port()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port, **self._options)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(
        self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        self.asked.append(address)
        await asyncio.sleep(self.slow.get(address, 0))
        answer = self.answers.get(address, "250 OK")
        if answer == HANG_UP:
            server.transport.close()
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.ponders.get(envelope.rcpt_tos[0], 0))
        return await super().handle_DATA(server, session, envelope)

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """What was caught, oldest first; for an address, or all."""
        box = Maildir(self._folder / "mails", factory=None, create=True)
        found = [_parsed(box.get_file(key)) for key in sorted(box.iterkeys(), key=_caught_at)]
        return [mail for mail in found if to is None or to in mail["To"]]

    def wait_for(self, to: str, count: int = 1) -> list[EmailMessage]:
        """The mails to an address, once there are so many."""
        wait_until(lambda: len(self.mails(to)) >= count, what=f"{count} mails for {to} have arrived")
        return self.mails(to)


@contextmanager
def catching(folder: Path, **options: Any) -> Iterator[MailServer]:
    server = MailServer(folder, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def text_of(mail: EmailMessage, form: str = "plain") -> str:
    """One of the two forms of a mail."""
    part = mail.get_body((form,))
    assert part is not None
    return str(part.get_content())


def _caught_at(key: str) -> list[int]:
    """The name of a caught mail begins with seconds, microseconds, process and count, of any length."""
    return [int(part) for part in re.findall(r"\d+", key)[:4]]


def _parsed(file: Any) -> EmailMessage:
    with file:
        return cast(EmailMessage, message_from_binary_file(file, policy=default))
