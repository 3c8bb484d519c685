"""Private servers in a folder on loopback ports: RabbitMQ, PostgreSQL, and one that keeps all mail."""

from deploy.servers.mail_catcher import MailCatcher
from deploy.servers.postgresql import PostgreSQL
from deploy.servers.rabbitmq import RabbitMQ
from deploy.servers.rabbitmq_cluster import RabbitMQCluster
from deploy.servers.server import ServerFailed

__all__ = ["MailCatcher", "PostgreSQL", "RabbitMQ", "RabbitMQCluster", "ServerFailed"]
