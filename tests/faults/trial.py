"""A whole portal of its own, on servers of its own, made to be broken: what runs in it, and how to end it."""

import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, select

from deploy.servers import PostgreSQL, RabbitMQ
from deploy.stack import SERVICES
from services.notifications.tables import deliveries
from services.portal_read.projection import PORTAL
from shared.contracts.notifications import DeliveryState
from shared.database.engine import connect
from shared.eventlog.tables import relay
from shared.identity.keys import create as create_keys
from shared.messaging.client import RpcClient
from tests.faults.attempts import CALL_S, Attempts
from tests.faults.cast import Company, cast
from tests.faults.kills import RESYNC
from tests.faults.load import Load
from tests.faults.subscriber import Subscriber
from tests.integration.notifications.mailing import MailingStack
from tests.support import broker_users, database_roles
from tests.support.mail import MailServer
from tests.support.stack import Stack
from tests.support.waiting import wait_until

DATABASE = "portal"
PROCESSES = (*SERVICES, "relay")
# Many things run on this machine; a process that takes longer than this to do what it must does not do it.
PATIENCE_S = 300.0
# What a process may take to end after SIGTERM: its time to drain, and some more.
GRACE_S = 30.0
_READY = {"relay": b"relay_started"}


class Trial:
    """`companies` are who drives the load, `attempts` what they tried."""

    # What each process is set to beside what a stack sets, and what other systems declare their queues with.
    settings: Mapping[str, str] = {}
    queue_arguments: Mapping[str, str] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rabbitmq = RabbitMQ(folder / "rabbitmq")
        self.rabbitmq.define(broker_users.defined(self.rabbitmq))
        self.postgresql = PostgreSQL(folder / "postgresql")
        self.mails = MailServer(folder / "mail")
        self.logs = folder / "logs"
        # How often a mail may come again: each time that it was under way when `notifications` was killed.
        self.may_repeat: Counter[str] = Counter()
        # How many loads have begun.
        self.loads = 0

    @contextmanager
    def running(self) -> Iterator["Trial"]:
        """Start servers and processes, and register who acts."""
        self.logs.mkdir(parents=True)
        create_keys(self.folder / "keys")
        self.start_broker()
        self.postgresql.start(PATIENCE_S)
        self.mails.start()
        try:
            self._prepare()
            yield self
        finally:
            self._end()

    def start(self, name: str, *, process: str | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """Start what `name` names, beside any other; it is ended with the trial."""
        environment = {**self.settings, **environment}
        command = ("shared.eventlog.relay",) if name == "relay" else ()
        if command or process is None:
            return self.stack.start(process or name, *command, **environment)
        return self.stack.start(process, "shared.messaging.runner", SERVICES[name], **environment)

    def replace(self, name: str, **environment: str) -> subprocess.Popen[bytes]:
        """End a process in good order, if it lives, and start it anew; returns when it is ready or dead."""
        self.end(name)
        return self.restart(name, **environment)

    def restart(self, name: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a process anew that has ended."""
        log = self.logs / f"{name}.log"
        before = log.stat().st_size if log.exists() else 0
        process = self.start(name, **environment)
        ready = _READY.get(name, b"rpc_ready")

        def is_up() -> bool:
            return process.poll() is not None or ready in log.read_bytes()[before:]

        wait_until(is_up, what=f"{name} is up", timeout=PATIENCE_S)
        return process

    def end(self, name: str) -> None:
        """SIGTERM; what it has under way is finished or handed back within its grace time."""
        process = self.stack.processes[name]
        if process.poll() is None:
            process.terminate()
            assert process.wait(GRACE_S) == 0, f"{name} ends in good order"

    def kill(self, name: str) -> None:
        """SIGKILL, at whatever moment this is."""
        process = self.stack.processes[name]
        process.kill()
        process.wait()
        self._note_mails_under_way()

    def roll(self, name: str, **environment: str) -> None:
        """Start a successor and then end the predecessor in good order."""
        predecessor = self.stack.processes[name]
        self.restart(name, **environment)
        predecessor.terminate()
        assert predecessor.wait(GRACE_S) == 0, f"{name} ends in good order"

    def kill_at(self, name: str, failpoint: str, count: int) -> None:
        """Start a process anew and see it die when it comes to `failpoint` for the `count`-th time."""
        armed = self.replace(name, PORTAL_FAILPOINTS=f"{failpoint}=kill@{count}")
        if failpoint in RESYNC:
            # Under load they are too rare to wait for.
            self.attempts.ask("portal_read.resync", self.companies[0].customer.token)
        assert armed.wait(PATIENCE_S) == -signal.SIGKILL, f"{name} comes to {failpoint}"
        self._note_mails_under_way()

    @contextmanager
    def load(
        self, seed: int, *, patience: float = CALL_S, refusals: tuple[str, ...] = ()
    ) -> Iterator[Attempts]:
        """Everybody is at work within the context, and has the answers to it afterwards.

        `patience` is how many seconds they wait for an answer; `refusals` are the codes of errors that are
        right meanwhile, beside those that a race explains.
        """
        print(f"seed {seed}")
        self.attempts.patience, self.attempts.refusals = patience, refusals
        self.loads += 1
        # Each load of a trial draws anew: a change to what is so already would lead to no event.
        load = Load(self.attempts, self.companies, f"{seed} {self.loads}")
        load.start()
        try:
            yield self.attempts
        finally:
            load.stop()

    def some_work(self, count: int = 30) -> None:
        """Wait until so many commands more were answered."""
        wanted = self.attempts.answered() + count
        wait_until(lambda: self.attempts.answered() >= wanted, what="work is done", timeout=PATIENCE_S)

    def dead(self) -> Mapping[str, int]:
        """Processes that have ended though nobody ended them."""
        codes = {name: process.poll() for name, process in self.stack.processes.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def owners(self, name: str) -> set[str]:
        """Who holds leases, of those that a process of this name takes; nobody for one that takes none."""
        table = {"relay": relay, "portal_read": PORTAL.checkpoints}.get(name)
        if table is None:
            return set()
        pid = str(self.stack.processes[name].pid)
        with self.engine.connect() as connection:
            owners = connection.execute(select(table.c.owner).distinct()).scalars()
            return {owner for owner in owners if owner and pid in re.split("[ :]", owner)}

    def _note_mails_under_way(self) -> None:
        """A mail that is being sent when its process is killed may be sent once more (ADR 0042)."""
        under_way = select(deliveries.c.delivery_id).where(deliveries.c.state == DeliveryState.SENDING)
        with self.engine.connect() as connection:
            self.may_repeat.update(map(str, connection.execute(under_way).scalars()))

    def _prepare(self) -> None:
        self.postgresql.create_database(DATABASE)
        self.engine: Engine = connect(self.postgresql.uri(DATABASE), name="trial", keys=self.folder / "keys")
        database_roles.set_up(self.database_url)
        self.subscriber = Subscriber(self.amqp_uri, arguments=self.queue_arguments)
        self.subscriber.start()
        # The mail of an invitation ends any other link of it.
        self.stack: Stack = MailingStack(
            self.mails,
            amqp_uri=self.amqp_uri,
            database_url=self.database_url,
            keys=self.folder / "keys",
            logs=self.logs,
        )
        for name in PROCESSES:
            self.start(name)
        for name in PROCESSES:
            log, ready = self.logs / f"{name}.log", _READY.get(name, b"rpc_ready")
            wait_until(lambda log=log, ready=ready: ready in log.read_bytes(), what=name, timeout=PATIENCE_S)
        self.client = RpcClient(self.amqp_uri, name="load")
        self.attempts = Attempts(self.client)
        self.companies: list[Company] = cast(self.stack)

    def start_broker(self) -> None:
        self.rabbitmq.start(PATIENCE_S)

    def stop_broker(self) -> None:
        self.rabbitmq.stop()

    @property
    def amqp_uri(self) -> str:
        """Where the portal's processes reach the broker."""
        return self.rabbitmq.uri()

    @property
    def database_url(self) -> str:
        """Where the portal's processes reach the database."""
        return self.postgresql.uri(DATABASE)

    def _end(self) -> None:
        if hasattr(self, "client"):
            self.client.close()
        if hasattr(self, "stack"):
            self.stack.stop()
        self.subscriber.stop()
        self.mails.stop()
        self.engine.dispose()
        self.stop_broker()
        self.postgresql.remove()
