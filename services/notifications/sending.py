"""The sender within the service's process."""

from typing import Any

import eventlet
import structlog
from eventlet.greenthread import GreenThread
from nameko.extensions import DependencyProvider

from services.notifications.accounts import Accounts
from services.notifications.attempts import Attempts
from services.notifications.letters import Letters
from services.notifications.sender import Sender
from services.notifications.smtp import MailServer
from services.notifications.waiting import WaitingMails
from shared.config import Config
from shared.messaging.client import RpcClient
from shared.messaging.process import Process

_log = structlog.get_logger(__name__)


class Sending(DependencyProvider):  # type: ignore[misc]
    """Runs the sender beside the service's subscriptions. With an empty PORTAL_SMTP_URL mails wait."""

    process = Process()

    def __init__(self) -> None:
        self._sender: Sender | None = None
        self._accounts: Accounts | None = None
        self._running: GreenThread | None = None

    def setup(self) -> None:
        self.process.monitoring.measure(WaitingMails(self.process.watching_engine))

    def start(self) -> None:
        config: Config = self.process.config
        if not config.smtp_url:
            _log.warning("mails_wait", reason="PORTAL_SMTP_URL is empty")
            return
        server = MailServer.parse(config.smtp_url)
        self._accounts = Accounts(RpcClient(config.amqp_uri, name="notifications"), config.keys)
        letters = Letters(self._accounts, config.gateway_url)
        attempts = Attempts(letters, server, mail_from=config.mail_from)
        self._sender = Sender(self.process.engine, self.process.doorbell, attempts)
        self._running = self.container.spawn_managed_thread(self._sender.run)

    def stop(self) -> None:
        if self._sender is None or self._accounts is None or self._running is None:
            return
        self._sender.stop()
        with eventlet.Timeout(self.process.config.drain_timeout, False):
            self._running.wait()
        self._accounts.close()

    def get_dependency(self, worker_ctx: Any) -> None:
        """Nothing: the service's methods only fill the ledger."""
