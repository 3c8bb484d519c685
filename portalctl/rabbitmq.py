"""A connection to RabbitMQ, for as long as a command needs one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import pika
from pika.exceptions import AMQPError


@contextmanager
def connected(amqp_uri: str) -> Iterator[Any]:
    """A pika connection for the block. Raises ClickException when there is none, or when it is lost."""
    try:
        connection = pika.BlockingConnection(pika.URLParameters(amqp_uri))
    except (AMQPError, OSError, ValueError):
        raise click.ClickException("RabbitMQ can't be reached; check AMQP_URI and try again.") from None
    try:
        yield connection
    except AMQPError as error:
        raise click.ClickException(f"The connection to RabbitMQ was lost: {error!r}") from None
    finally:
        if connection.is_open:
            connection.close()
