"""The sample services as processes, and what the tests of messaging ask of them and of the log."""

import signal
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from shared.contracts.values import CallerKind
from shared.eventlog import log
from shared.eventlog.recorded import Recorded
from shared.identity.caller import Caller
from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now
from tests.support.stack import Stack, wait_until

OURS = ("shared.messaging.runner", "tests.support.sample_services:SampleService")
PLAIN = ("tests.support.plain_nameko", "tests.support.sample_services:PlainService")
READY = b"rpc_ready"
PROVIDER = UUID("0195a1b2-0000-7000-8000-0000000000a1")


class Samples(Stack):
    """Sample services over one broker and one database."""

    def __init__(self, *, amqp_uri: str, engine: Engine, keys: Path, logs: Path) -> None:
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        super().__init__(amqp_uri=amqp_uri, database_url=url, keys=keys, logs=logs)
        self.engine = engine

    def run(
        self, name: str, *command: str, process: str | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start a sample service and wait until it takes calls; `process` names it where one name has two."""
        process = process or name
        before = self.log(process).count(READY)
        started = self.start(process, *(command or OURS), SAMPLE_NAME=name, **environment)
        wait_until(
            lambda: self.log(process).count(READY) > before or started.poll() is not None,
            what=f"{process} is ready",
        )
        assert started.poll() is None, self.log(process).decode()
        return started

    def end(self, process: str) -> int:
        """End a process as its supervisor would; its exit code."""
        running = self.processes.pop(process)
        running.send_signal(signal.SIGTERM)
        return running.wait(20)

    def kill(self, process: str) -> None:
        running = self.processes.pop(process)
        running.kill()
        running.wait()

    def log(self, process: str) -> bytes:
        """What a process has logged."""
        path = self.logs / f"{process}.log"
        return path.read_bytes() if path.exists() else b""

    def staff(self, provider_id: UUID = PROVIDER) -> str:
        """A token of a new member of a provider's staff."""
        caller = Caller(kind=CallerKind.STAFF, account_id=uuid7(), provider_id=provider_id)
        return issue(SigningKey.load(self.keys, "sessions"), caller, now=now())

    def register(self, token: str, name: str = "Bäckerei Öztürk", *, service: str = "sample") -> str:
        """Register a company; its id."""
        company_id = str(uuid7())
        self.call(f"{service}.register", token, company_id=company_id, name=name)
        return company_id

    def history(self, company_id: str) -> list[Recorded]:
        """A company's events."""
        with self.engine.connect() as connection:
            return log.load(connection, UUID(company_id), "company")

    def query(self, statement: str, **parameters: Any) -> list[Any]:
        """The first column of what the database answers."""
        with self.engine.begin() as connection:
            return list(connection.execute(text(statement), parameters).scalars())
