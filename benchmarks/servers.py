"""The servers that benchmarks run on: those of DATABASE_URL and AMQP_URI, or private ones."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from deploy.servers import PostgreSQL, RabbitMQ
from shared.identity.keys import create as create_keys


@contextmanager
def database() -> Iterator[str]:
    """The URL of an empty database for one benchmark, on a server that has each commit on disk."""
    with _postgresql() as server_url, keys():
        name = f"benchmark_{uuid4().hex}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def broker() -> Iterator[str]:
    """The URI of a RabbitMQ, which processes that are started find as AMQP_URI."""
    if uri := os.environ.get("AMQP_URI"):
        yield uri
        return
    with _folder() as folder:
        server = RabbitMQ(folder / "rabbitmq")
        server.start()
        os.environ["AMQP_URI"] = server.uri()
        try:
            yield server.uri()
        finally:
            del os.environ["AMQP_URI"]
            server.stop()


@contextmanager
def keys() -> Iterator[None]:
    """Those of PORTAL_KEYS, also for processes that are started, or new ones."""
    if "PORTAL_KEYS" in os.environ:
        yield
        return
    with _folder() as folder:
        create_keys(folder)
        os.environ["PORTAL_KEYS"] = str(folder)
        try:
            yield
        finally:
            del os.environ["PORTAL_KEYS"]


@contextmanager
def _postgresql() -> Iterator[str]:
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with _folder() as folder:
        server = PostgreSQL(folder / "postgresql")
        server.start()
        try:
            yield server.uri("postgres")
        finally:
            server.remove()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="portal-benchmark-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
