"""`make up` and `make down`: the real thing on one machine, under a supervisor."""

import os
import sys
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


def up() -> None:
    """Start what is not running yet and return when all answer.

    Servers that DATABASE_URL and AMQP_URI name are used as they are; otherwise private ones run in `.run/`.
    """
    FOLDER.mkdir(exist_ok=True, mode=0o711)
    postgresql, rabbitmq = PostgreSQL(FOLDER / "postgresql"), RabbitMQ(FOLDER / "rabbitmq")
    database_url, amqp_uri = os.environ.get("DATABASE_URL"), os.environ.get("AMQP_URI")
    private = [server for server, given in ((postgresql, database_url), (rabbitmq, amqp_uri)) if not given]
    for server in private:
        print(f"Preparing {server.name} …")
        server.prepare()
    supervisor = Supervisor(FOLDER)
    environment = settings(
        FOLDER,
        amqp_uri=amqp_uri or rabbitmq.uri(),
        database_url=database_url or postgresql.uri(DATABASE),
        gateway_port=_gateway_port(running=supervisor.is_running),
    )
    supervisor.start(private, programs(), environment)
    for server in private:
        print(f"Waiting for {server.name} …")
        server.wait_until_ready(SERVER_TIMEOUT_S)
    if postgresql in private:
        postgresql.create_database(DATABASE)
    _upgrade(environment["DATABASE_URL"])
    _write_env(environment)
    print("Starting the services …")
    supervisor.start_portal()
    wait_until_all_answer(environment)
    print(f"The portal is up at {environment['GATEWAY_URL']}; its settings are in .run/env.")
    print("It has no data yet; sample data: .venv/bin/portalctl demo seed")


def down() -> None:
    """Stop everything that `up` started; the data stays."""
    Supervisor(FOLDER).stop()
    print("The portal is down; its data is kept in .run/.")


def _gateway_port(*, running: bool) -> int:
    """PORT if given, else the port it runs on, else 8000 or, where that is taken, a free one."""
    if given := os.environ.get("PORT"):
        return int(given)
    if running:
        return int(read_env_file(FOLDER / "env")["GATEWAY_URL"].rpartition(":")[2])
    return DEFAULT_PORT if is_free(DEFAULT_PORT) else free_port()


def _upgrade(database_url: str) -> None:
    engine = connect(database_url, name="schema upgrade")
    upgrade(engine)
    engine.dispose()


def _write_env(environment: dict[str, str]) -> None:
    path = FOLDER / "env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))


if __name__ == "__main__":
    {"up": up, "down": down}[sys.argv[1]]()
