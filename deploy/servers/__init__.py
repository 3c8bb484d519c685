"""Private RabbitMQ and PostgreSQL servers, run from Debian's packages in a folder on loopback ports."""

from deploy.servers.postgresql import PostgreSQL
from deploy.servers.rabbitmq import RabbitMQ
from deploy.servers.server import ServerFailed

__all__ = ["PostgreSQL", "RabbitMQ", "ServerFailed"]
