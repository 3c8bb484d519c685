"""What every command of the operator needs: settings, a client, a way to print."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from shared.config import Config, ConfigurationError
from shared.contracts.errors import PortalError, ValidationFailed
from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now, operator_caller, service_caller
from shared.messaging.client import RpcClient

ENV_FILE = Path(__file__).parents[1] / ".run" / "env"


@dataclass
class Context:
    """`json` asks for one JSON document on standard output instead of text."""

    json: bool = False

    @cached_property
    def config(self) -> Config:
        """The settings of the environment or, without, those that `make up` left."""
        try:
            return Config.from_environment(read_env_file() | os.environ)
        except ConfigurationError as error:
            raise click.UsageError(str(error)) from None

    @cached_property
    def client(self) -> RpcClient:
        return RpcClient(self.config.amqp_uri, name="portalctl")

    def close(self) -> None:
        """End what was opened."""
        if "client" in self.__dict__:
            self.client.close()

    def call(self, target: str, **arguments: Any) -> Any:
        """Call `service.method` as the operator; its refusals end the command with a clear line."""
        service, method = target.split(".")
        with clear_refusals():
            return self.client.call(service, method, auth_token=self.token("operators"), **arguments)

    def token(self, key: str) -> str:
        """A token as an operator, or as a service, signed with the key in the folder of keys."""
        try:
            signing = SigningKey.load(self.config.keys, key)
        except OSError as error:
            raise click.ClickException(f"The key {key} can't be read: {error.strerror}.") from None
        return issue(signing, operator_caller() if key == "operators" else service_caller(), now=now())

    def show(self, result: dict[str, Any], *, text: str) -> None:
        """Print a result."""
        click.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode() if self.json else text)

    def table(self, title: str, columns: list[str], rows: list[list[str]]) -> None:
        """Print a table for people."""
        table = Table(title=title)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        Console().print(table)


@contextmanager
def clear_refusals() -> Iterator[None]:
    """Turn errors of the portal into one line and exit code 1."""
    try:
        yield
    except ValidationFailed as error:
        lines = [f"{name}: {' '.join(map(str, messages))}" for name, messages in error.fields.items()]
        raise click.ClickException("\n".join(lines)) from None
    except PortalError as error:
        raise click.ClickException(error.message) from None


def read_env_file(path: Path = ENV_FILE) -> dict[str, str]:
    """The KEY=value lines that `make up` wrote, or nothing."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}
