"""`make up` and `make down`: the real thing on one machine, under a supervisor."""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.access import Access, with_access
from deploy.database.grants import upgrade
from deploy.private_servers import PrivateServers
from deploy.readiness import wait_until_all_answer
from deploy.servers import ServerFailed
from deploy.servers.packages import PackageMissing
from deploy.servers.ports import free_port, is_free
from deploy.stack import programs, settings
from deploy.supervisor import Supervisor
from deploy.watching import watched
from portalctl.context import read_env_file
from shared.config import Config, ConfigurationError
from shared.contracts.errors import Unavailable
from shared.database.engine import connect, ensure_reachable
from shared.messaging import broker
from shared.number_settings import HIGHEST_PORT
from shared.secret_settings import OWNER_DATABASE_URL

FOLDER = Path(__file__).parents[1] / ".run"
DEFAULT_PORT = 8000
TO_CHOOSE = ("PORT", "AMQP_URI", "DATABASE_URL", "PORTAL_SMTP_URL")
FAILURES = (ConfigurationError, Unavailable, PackageMissing, ServerFailed, TimeoutError)


def up(folder: Path) -> None:
    """Start what is not running yet and return when all answer.

    Servers that DATABASE_URL and AMQP_URI name are used as they are; otherwise private ones run in `folder`.
    Where PORTAL_SMTP_URL names no mail server, mails are caught and can be looked at in the gateway.
    Raises ConfigurationError, Unavailable, PackageMissing, ServerFailed, TimeoutError.
    """
    folder.mkdir(exist_ok=True, mode=0o711)
    supervisor, servers = Supervisor(folder), PrivateServers(folder)
    running = supervisor.is_running
    environment = _environment(folder, servers, running=running)
    servers.use(environment)
    _ensure_others_are_reachable(servers, environment)
    servers.prepare()
    # Before the start, so that the file never tells of other settings than the processes have.
    _write_env(folder, environment)
    processes = watched(folder, with_access(programs(), servers.access), running=running)
    supervisor.start(servers.used, processes, _told_to_all(environment, servers.access))
    servers.wait_until_ready()
    _upgrade(environment.get(OWNER_DATABASE_URL) or environment["DATABASE_URL"])
    print("Starting the services …")
    supervisor.start_portal()
    wait_until_all_answer(environment)
    print(f"The portal is up at {environment['GATEWAY_URL']}; its settings are in {folder / 'env'}.")
    if servers.catcher in servers.used:
        print(f"Mails are kept and not sent: {environment['GATEWAY_URL']}/mails")
    print("Sample data, if you like: .venv/bin/portalctl demo seed")


def down(folder: Path) -> None:
    """Stop everything that `up` started; the data stays."""
    Supervisor(folder).stop()
    print(f"The portal is down; its data is kept in {folder}.")


def _environment(folder: Path, servers: PrivateServers, *, running: bool) -> dict[str, str]:
    """The settings that are asked for; raises ConfigurationError for those that can't be had."""
    database, messages, catcher = servers.database, servers.messages, servers.catcher
    kept = read_env_file(folder / "env")
    environment = settings(
        folder,
        amqp_uri=os.environ.get("AMQP_URI") or messages.settings["AMQP_URI"],
        database_url=os.environ.get("DATABASE_URL") or database.settings["DATABASE_URL"],
        gateway_port=_gateway_port(kept, running=running),
    )
    if database.settings.items() & environment.items():
        environment |= database.settings
    if os.environ.get("PORTAL_SMTP_URL", catcher.url) == catcher.url:
        environment |= catcher.settings()
    Config.from_environment(os.environ | environment)
    if running:
        _must_be_the_same(kept, environment)
    return environment


def _told_to_all(environment: Mapping[str, str], access: Iterable[Access]) -> dict[str, str]:
    """What each process inherits: nobody is told the URLs of operators where it has one of its own."""
    kept_back = {name for each in access for name in each.settings}
    return {name: value for name, value in (os.environ | environment).items() if name not in kept_back}


def _gateway_port(kept: Mapping[str, str], *, running: bool) -> int:
    """PORT if given, else the one of last time, else 8000; where those are taken, a free one."""
    if given := os.environ.get("PORT"):
        if not given.isdecimal() or not 0 < int(given) <= HIGHEST_PORT:
            raise ConfigurationError(f"PORT must be a number from 1 to {HIGHEST_PORT}, not {given!r}")
        if not running and not is_free(int(given)):
            raise ConfigurationError(f"PORT {given} is in use; take another")
        return int(given)
    wanted = [int(port) for port in (kept.get("PORT"), DEFAULT_PORT) if port]
    return next((port for port in wanted if running or is_free(port)), None) or free_port()


def _must_be_the_same(kept: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Processes that run keep the settings that they were started with."""
    other = [name for name in TO_CHOOSE if kept.get(name) != environment.get(name)]
    if other:
        raise ConfigurationError(
            f"The portal is running at {kept.get('GATEWAY_URL')} with another {' and '.join(other)}; "
            "run `make down` first. To start only what is missing, give the settings of .run/env."
        )


def _ensure_others_are_reachable(servers: PrivateServers, environment: Mapping[str, str]) -> None:
    if not servers.has_database:
        engine = connect(environment["DATABASE_URL"], name="make up")
        ensure_reachable(engine)
        engine.dispose()
    if not servers.has_broker:
        broker.ensure_reachable(environment["AMQP_URI"])


def _upgrade(database_url: str) -> None:
    engine = connect(database_url, name="schema upgrade")
    upgrade(engine)
    engine.dispose()


def _write_env(folder: Path, environment: dict[str, str]) -> None:
    path = folder / "env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make up / make down", description=__doc__)
    parser.add_argument("action", choices=["up", "down"])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where data, logs and settings lie")
    arguments = parser.parse_args()
    try:
        {"up": up, "down": down}[arguments.action](arguments.folder.absolute())
    except FAILURES as error:
        sys.exit(str(error))
