"""`python -m deploy.rabbitmq FOLDER`: prints RabbitMQ's definitions, and keeps each user's URI in FOLDER."""

import argparse
import json
from pathlib import Path

from deploy import credentials
from deploy.rabbitmq.definitions import definitions
from deploy.rabbitmq.permissions import PREFIX, permissions

parser = argparse.ArgumentParser(prog="python -m deploy.rabbitmq", description=__doc__)
parser.add_argument(
    "folder", type=Path, help="a file for each user with its AMQP_URI; passwords that are there stay"
)
parser.add_argument("--server", default="amqp://localhost:5672/", help="the broker, amqp://host:port/vhost")
parser.add_argument("--vhost", default="/", help="the virtual host's name, as the definitions call it")
parser.add_argument("--subscriber", action="append", default=[], help="another system that takes events")
arguments = parser.parse_args()
rights = permissions(arguments.subscriber or ["example"])
urls = credentials.keep(arguments.folder, rights, server=arguments.server, user=f"{PREFIX}{{}}")
passwords = {name: credentials.password(url) for name, url in urls.items()}
print(json.dumps(definitions(rights, passwords, vhost=arguments.vhost), indent=2))
