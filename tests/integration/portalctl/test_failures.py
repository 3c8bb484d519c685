"""What keeps a command of `portalctl` from its work is one clear line, and no secret is in it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.servers import PostgreSQL, RabbitMQ
from portalctl.main import cli
from tests.support.database_roles import url_of

NOBODY = "127.0.0.1:1"
ADD_PROVIDER = ("providers", "add", "Huber", "--email", "info@huber.example.com")
ADD_STAFF = ("staff", "add", "0195a1b2-0000-7000-8000-00000000c0de", "dispo@huber.example.com")


@pytest.fixture
def settings(keys: Path) -> dict[str, str]:
    """Servers that nobody can reach."""
    return {
        "AMQP_URI": f"amqp://portal:geheim@{NOBODY}/",
        "DATABASE_URL": f"postgresql://portal:geheim@{NOBODY}/portal",
        "PORTAL_KEYS": str(keys),
    }


def run(settings: dict[str, str], *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, arguments, input=typed, env=settings, catch_exceptions=False)


def failure(settings: dict[str, str], *arguments: str) -> str:
    """The one line on standard error of a command that fails."""
    result = run(settings, *arguments)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "geheim" not in result.stderr
    return result.stderr


@pytest.mark.parametrize("command", [("schema", "upgrade"), ("projections", "list")])
def test_a_database_that_is_not_there_is_named(settings: dict[str, str], command: tuple[str, ...]) -> None:
    said = failure(settings, *command)
    assert f"PostgreSQL at {NOBODY}, database portal, user portal: Connection refused." in said


def test_a_database_that_lets_nobody_in_says_why(settings: dict[str, str], postgresql: PostgreSQL) -> None:
    url = f"postgresql://portal:geheim@127.0.0.1:{postgresql.port}/portal"
    said = failure(settings | {"DATABASE_URL": url}, "schema", "upgrade")
    assert 'password authentication failed for user "portal"' in said


@pytest.mark.parametrize("command", [("mails", "hold"), ("schema", "upgrade")])
def test_what_only_the_owner_may_do_asks_for_the_owner(
    settings: dict[str, str], database_url: str, command: tuple[str, ...]
) -> None:
    said = failure(settings | {"DATABASE_URL": url_of("operator", database_url)}, *command)
    assert "permission denied" in said
    assert "PORTAL_OWNER_DATABASE_URL" in said


@pytest.mark.parametrize("command", [("mails", "hold"), ("events", "tail"), ("projections", "list")])
def test_a_database_without_a_schema_says_how_to_make_it(
    settings: dict[str, str], empty_url: str, command: tuple[str, ...]
) -> None:
    said = failure(settings | {"DATABASE_URL": empty_url}, *command)
    assert "`portalctl schema upgrade` makes what is not there yet." in said


@pytest.mark.parametrize("command", [ADD_PROVIDER, ("demo", "seed")])
def test_a_broker_that_is_not_there_is_named(settings: dict[str, str], command: tuple[str, ...]) -> None:
    said = failure(settings, *command)
    assert f"No connection to the message broker at {NOBODY}, virtual host /, user portal: " in said
    assert "Connection refused" in said


def test_a_broker_that_lets_nobody_in_says_why(settings: dict[str, str], rabbitmq: RabbitMQ) -> None:
    uri = f"amqp://portal:geheim@127.0.0.1:{rabbitmq.port}/"
    assert "ACCESS_REFUSED" in failure(settings | {"AMQP_URI": uri}, *ADD_PROVIDER)


def test_a_broker_without_the_virtual_host_says_so(settings: dict[str, str], rabbitmq: RabbitMQ) -> None:
    said = failure(settings | {"AMQP_URI": rabbitmq.uri() + "nowhere"}, *ADD_PROVIDER)
    assert "nowhere" in said
    assert rabbitmq.uri().split(":")[2].partition("@")[0] not in said


def test_a_key_that_is_not_there_is_named(settings: dict[str, str], rabbitmq: RabbitMQ) -> None:
    given = settings | {"AMQP_URI": rabbitmq.uri(), "PORTAL_KEYS": "/nowhere"}
    assert "/nowhere/operators.pem" in failure(given, *ADD_PROVIDER)


@pytest.mark.parametrize("name", ["AMQP_URI", "DATABASE_URL"])
def test_a_malformed_setting_is_wrong_usage(settings: dict[str, str], name: str) -> None:
    result = run(settings | {name: "portal:geheim@host"}, "schema", "upgrade")
    assert result.exit_code == 2
    assert f"Error: {name} is malformed" in result.stderr
    assert "geheim" not in result.stderr


def test_a_setting_of_the_schema_that_makes_no_sense_is_wrong_usage(
    settings: dict[str, str], empty_url: str
) -> None:
    given = settings | {"DATABASE_URL": empty_url, "PORTAL_PARTITIONS": "0"}
    result = run(given, "schema", "upgrade")
    assert result.exit_code == 2
    assert "Error: PORTAL_PARTITIONS must be a whole number from 1 to 1000, not '0'" in result.stderr


def test_a_password_that_can_not_be_asked_for_is_wrong_usage(settings: dict[str, str]) -> None:
    result = run(settings, *ADD_STAFF)
    assert result.exit_code == 2
    assert "--password-stdin" in result.stderr
    assert "Traceback" not in result.output


def test_an_empty_password_is_wrong_usage(settings: dict[str, str]) -> None:
    result = run(settings, *ADD_STAFF, "--password-stdin", typed="\n")
    assert result.exit_code == 2
    assert "The password is empty." in result.stderr
