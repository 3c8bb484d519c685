"""The whole portal for integration tests, started once: each test has a provider of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import connect

from deploy.servers import PostgreSQL, RabbitMQ
from tests.support.stack import Stack, running


@pytest.fixture(scope="session")
def portal(
    postgresql: PostgreSQL, rabbitmq: RabbitMQ, template_database: str, keys: Path, server_folder: Path
) -> Iterator[Stack]:
    with connect(postgresql.uri("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE portal TEMPLATE {template_database}")
    logs = server_folder / "logs"
    logs.mkdir()
    stack = Stack(amqp_uri=rabbitmq.uri(), database_url=postgresql.uri("portal"), keys=keys, logs=logs)
    try:
        with running(stack):
            yield stack
    finally:
        for log in sorted(logs.iterdir()):
            print(f"--- {log.name}\n{log.read_text()[-3_000:]}")
