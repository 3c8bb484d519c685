"""What every command of the operator needs: settings, a client, a way to print."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
from psycopg.errors import InsufficientPrivilege, UndefinedTable
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from shared.config import Config, ConfigurationError
from shared.contracts.errors import PortalError, ValidationFailed
from shared.database.engine import connect, ensure_reachable
from shared.files.store import FileStore
from shared.identity.tokens import operator_token
from shared.messaging import broker
from shared.messaging.client import RpcClient
from shared.secret_settings import OWNER_DATABASE_URL, owner_database_url

Key = TypeVar("Key")
_WHAT_TO_DO = {
    InsufficientPrivilege: "name the database's owner in PORTAL_OWNER_DATABASE_URL.",
    UndefinedTable: "`portalctl schema upgrade` makes what is not there yet.",
}
ENV_FILE = Path(__file__).parents[1] / ".run" / "env"


@dataclass
class Context:
    """`json` asks for one JSON document on standard output instead of text."""

    json: bool = False

    @cached_property
    def config(self) -> Config:
        return Config.from_environment(settings())

    @cached_property
    def client(self) -> RpcClient:
        """Without a broker, the command ends with a clear line."""
        broker.ensure_reachable(self.config.amqp_uri)
        return RpcClient(self.config.amqp_uri, name="portalctl")

    @cached_property
    def engine(self) -> Engine:
        """Without a database, the command ends with a clear line."""
        return _reached(self.config.database_url, self.config.keys)

    @cached_property
    def owner_url(self) -> str:
        """The database's owner's, for what nobody else may do; where no owner is named, the operator's."""
        return owner_database_url(settings()) or self.config.database_url

    @cached_property
    def owner(self) -> Engine:
        """Connects as the database's owner."""
        return _reached(self.owner_url)

    @cached_property
    def files(self) -> FileStore:
        return FileStore(self.config.files)

    def close(self) -> None:
        """End what was opened."""
        if "client" in self.__dict__:
            self.client.close()
        for engine in (self.__dict__.get(name) for name in ("engine", "owner")):
            if engine is not None:
                engine.dispose()

    def call(self, target: str, **arguments: Any) -> Any:
        """Call `service.method` as the operator; its refusals end the command with a clear line."""
        service, method = target.split(".")
        return self.client.call(service, method, auth_token=self.token(operator_token), **arguments)

    def token(self, issue: Callable[[Path], Key]) -> Key:
        """What `issue` makes of the folder of keys; a key that can't be read ends the command."""
        try:
            return issue(self.config.keys)
        except OSError as error:
            raise click.ClickException(f"The key {error.filename} can't be read: {error.strerror}.") from None

    def show(self, result: dict[str, Any], *, text: str) -> None:
        """Print a result."""
        click.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode() if self.json else text)

    def table(self, title: str, columns: list[str], rows: list[list[str]]) -> None:
        """Print a table for people: where it is too wide, the last column wraps, the others stay whole."""
        table = Table(title=title)
        for column in columns:
            table.add_column(column, overflow="fold", no_wrap=column != columns[-1])
        for row in rows:
            table.add_row(*row)
        Console().print(table)


def _reached(url: str, keys: Path | None = None) -> Engine:
    engine = connect(url, name="portalctl", pool_size=2, keys=keys)
    ensure_reachable(engine)
    return engine


@contextmanager
def clear_refusals() -> Iterator[None]:
    """Turn errors of the portal, and what the database refuses, into one line and exit code 1.

    A setting that can't be right is wrong usage, with exit code 2.
    """
    try:
        yield
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    except ValidationFailed as error:
        lines = [f"{name}: {' '.join(map(str, messages))}" for name, messages in error.fields.items()]
        raise click.ClickException("\n".join(lines)) from None
    except PortalError as error:
        raise click.ClickException(error.message) from None
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege | UndefinedTable):
            raise
        said = error.orig.diag.message_primary
        raise click.ClickException(f"{said}; {_WHAT_TO_DO[type(error.orig)]}") from None


def settings(environment: Mapping[str, str] = os.environ, path: Path = ENV_FILE) -> dict[str, str]:
    """What the environment says and, of what it is silent on, what `make up` left.

    Who names another database than that of `make up` is not given the owner and the files of that one.
    """
    kept = read_env_file(path)
    named = {environment[name] for name in ("DATABASE_URL", "DATABASE_URL_FILE") if name in environment}
    if named - {kept.get("DATABASE_URL")}:
        for name in (OWNER_DATABASE_URL, "PORTAL_FILES"):
            kept.pop(name, None)
    return {name: kept[name] for name in kept if f"{name}_FILE" not in environment} | dict(environment)


def read_env_file(path: Path = ENV_FILE) -> dict[str, str]:
    """The KEY=value lines that `make up` wrote, or nothing."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}
