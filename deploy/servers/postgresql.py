"""A private PostgreSQL: loopback only, a random password, checksums on, every commit on disk."""

import hashlib
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import psycopg
from psycopg import sql

from deploy.servers import postgres_user
from deploy.servers.packages import ensure_postgresql
from deploy.servers.ports import LOOPBACK
from deploy.servers.server import Server, ServerFailed
from deploy.servers.settings import Settings, recall, write_secret

USER = "portal"
OUTSIDE = Path("/var/lib/mfr-portal")


class PostgreSQL(Server):
    """PostgreSQL with its data in `folder`, or in /var/lib/mfr-portal if its account can't enter the folder.

    `durable=False` lets a power cut take the last moments' commits; it can't damage the data.
    """

    name: ClassVar[str] = "PostgreSQL"
    # SIGTERM would wait until the last client has gone; SIGINT ends their sessions.
    stop_signal: ClassVar[str] = "INT"

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        super().__init__(folder)
        self._durable = durable

    @property
    def port(self) -> int:
        return self._settings.port

    def uri(self, database: str = "portal") -> str:
        return f"postgresql://{USER}:{self._settings.password}@{LOOPBACK}:{self.port}/{database}"

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self._place / "data"

    def prepare(self) -> None:
        """Create an empty cluster, once.

        Raises PackageMissing, ServerFailed.
        """
        ensure_postgresql()
        postgres_user.make_way(self.folder)
        if not self.data.exists():
            self._initialise()
        if self._place != self.folder and not (self.folder / "data").is_symlink():
            (self.folder / "data").symlink_to(self.data)

    def command(self) -> list[str]:
        options = {
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "max_connections": "200",
            # A line DETAIL in the log would hold values of rows.
            "log_error_verbosity": "terse",
            "synchronous_commit": "on" if self._durable else "off",
        }
        return [
            *["env", f"--chdir={self.data}"],
            *["setpriv", "--pdeathsig=INT", *postgres_user.switch()],
            *[str(self._programs / "postgres"), "-D", str(self.data), "-p", str(self.port)],
            *[argument for name, value in options.items() for argument in ("-c", f"{name}={value}")],
        ]

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.uri("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str) -> None:
        """Create a database unless it exists; the server must be running."""
        with psycopg.connect(self.uri("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def remove(self) -> None:
        """End the server and delete its data for good, wherever they are."""
        self.kill()
        for path in {self._place, self.folder}:
            if path.exists():
                shutil.rmtree(path)

    @cached_property
    def _place(self) -> Path:
        """The folder of data and settings: they stay together when `folder` alone is deleted."""
        if (self.folder / "data").exists():
            return (self.folder / "data").resolve().parent
        if postgres_user.can_reach(self.folder):
            return self.folder
        return OUTSIDE / hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]

    @cached_property
    def _settings(self) -> Settings:
        postgres_user.make_way(self._place)
        return recall(self._place / "postgresql.json", Settings)

    @property
    def _programs(self) -> Path:
        version = self.data / "PG_VERSION"
        return ensure_postgresql(version.read_text().strip() if version.exists() else None)

    def _initialise(self) -> None:
        """Build the cluster beside its final name, so that an interrupted attempt is never taken for one."""
        draft, password = self._place / "data.draft", self._place / "initdb.password"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        postgres_user.hand_over(draft)
        write_secret(password, self._settings.password)
        postgres_user.hand_over(password)
        try:
            self._initdb(draft, password)
        finally:
            password.unlink()
        draft.rename(self.data)

    def _initdb(self, data: Path, password: Path) -> None:
        outcome = subprocess.run(
            [
                *["setpriv", *postgres_user.switch(), str(self._programs / "initdb"), f"--pgdata={data}"],
                *["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"],
                *[f"--username={USER}", f"--pwfile={password}", "--auth=scram-sha-256"],
            ],
            cwd=data,
            capture_output=True,
            text=True,
            check=False,
        )
        if outcome.returncode != 0:
            raise ServerFailed(f"initdb failed in {data}:\n{outcome.stdout}{outcome.stderr}")
