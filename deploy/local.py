"""`make up` and `make down`: the real thing on one machine, under a supervisor."""

import argparse
import os
from pathlib import Path

from deploy.readiness import wait_until_all_answer
from deploy.servers import PostgreSQL, RabbitMQ
from deploy.servers.ports import free_port, is_free
from deploy.stack import programs, settings
from deploy.supervisor import Supervisor
from portalctl.context import read_env_file
from shared.database.engine import connect
from shared.database.migrate import upgrade

FOLDER = Path(__file__).parents[1] / ".run"
DATABASE = "portal"
DEFAULT_PORT = 8000
SERVER_TIMEOUT_S = 90.0


def up(folder: Path) -> None:
    """Start what is not running yet and return when all answer.

    Servers that DATABASE_URL and AMQP_URI name are used as they are; otherwise private ones run in `folder`.
    """
    folder.mkdir(exist_ok=True, mode=0o711)
    postgresql, rabbitmq = PostgreSQL(folder / "postgresql"), RabbitMQ(folder / "rabbitmq")
    database_url, amqp_uri = os.environ.get("DATABASE_URL"), os.environ.get("AMQP_URI")
    private = [server for server, given in ((postgresql, database_url), (rabbitmq, amqp_uri)) if not given]
    for server in private:
        print(f"Preparing {server.name} …")
        server.prepare()
    if rabbitmq in private:
        rabbitmq.folder.chmod(0o700)
    supervisor = Supervisor(folder)
    environment = settings(
        folder,
        amqp_uri=amqp_uri or rabbitmq.uri(),
        database_url=database_url or postgresql.uri(DATABASE),
        gateway_port=_gateway_port(folder, running=supervisor.is_running),
    )
    supervisor.start(private, programs(), environment)
    for server in private:
        print(f"Waiting for {server.name} …")
        server.wait_until_ready(SERVER_TIMEOUT_S)
    if postgresql in private:
        postgresql.create_database(DATABASE)
    _upgrade(environment["DATABASE_URL"])
    _write_env(folder, environment)
    print("Starting the services …")
    supervisor.start_portal()
    wait_until_all_answer(environment)
    print(f"The portal is up at {environment['GATEWAY_URL']}; its settings are in {folder / 'env'}.")
    print("Sample data, if you like: .venv/bin/portalctl demo seed")


def down(folder: Path) -> None:
    """Stop everything that `up` started; the data stays."""
    Supervisor(folder).stop()
    print(f"The portal is down; its data is kept in {folder}.")


def _gateway_port(folder: Path, *, running: bool) -> int:
    """PORT if given, else the port it runs on, else 8000 or, where that is taken, a free one."""
    if given := os.environ.get("PORT"):
        return int(given)
    if running:
        return int(read_env_file(folder / "env")["GATEWAY_URL"].rpartition(":")[2])
    return DEFAULT_PORT if is_free(DEFAULT_PORT) else free_port()


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
    {"up": up, "down": down}[arguments.action](arguments.folder.absolute())
