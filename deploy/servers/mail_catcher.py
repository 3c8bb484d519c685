"""The mail catcher as a server of the local stack: mails end in a folder, none leaves the machine."""

import socket
import sys
from contextlib import closing
from functools import cached_property
from pathlib import Path

from deploy.servers.ports import LOOPBACK
from deploy.servers.server import Server
from deploy.servers.settings import Settings, recall

ANSWER_TIMEOUT_S = 2.0


class MailCatcher(Server):
    name, stop_signal = "mail-catcher", "TERM"

    @cached_property
    def port(self) -> int:
        return recall(self.folder / "mail-catcher.json", Settings, None).port

    @property
    def url(self) -> str:
        """What PORTAL_SMTP_URL is set to."""
        return f"smtp://{LOOPBACK}:{self.port}"

    @property
    def mails(self) -> Path:
        """The maildir of what was caught."""
        return self.folder / "mails"

    def settings(self) -> dict[str, str]:
        """What the portal's processes need to send mails here, and to show them."""
        return {"PORTAL_SMTP_URL": self.url, "PORTAL_MAIL_FOLDER": str(self.mails)}

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def command(self) -> list[str]:
        program = [sys.executable, "-m", "deploy.mail_catcher"]
        return [*program, "--port", str(self.port), "--folder", str(self.folder)]

    def is_ready(self) -> bool:
        try:
            with closing(socket.create_connection((LOOPBACK, self.port), ANSWER_TIMEOUT_S)) as connection:
                return connection.recv(3) == b"220"
        except OSError:
            return False
