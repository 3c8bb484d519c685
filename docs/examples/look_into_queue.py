"""Shows what lies in a queue and leaves it there: dead letters, unrouted events, malformed calls.

AMQP_URI=amqp://… python look_into_queue.py orders.request_accepted.dead [--personal]

The body can hold personal data, so it is shown only with --personal.
"""
# ruff: noqa: T201

import os
import sys

import pika

MOST = 100


def main(queue: str, *, personal: bool) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URI"]))
    channel = connection.channel()
    for number in range(1, MOST + 1):
        method, properties, body = channel.basic_get(queue)
        if method is None:
            break
        print(f"--- message {number}, {len(body)} bytes")
        for name, value in sorted((properties.headers or {}).items()):
            if not name.startswith("nameko."):
                print(f"{name}: {value}")
        if personal:
            print(body.decode(errors="replace"))
    # Nothing was acknowledged, so all of it goes back to its place in the queue.
    connection.close()


if __name__ == "__main__":
    if "AMQP_URI" not in os.environ or len(sys.argv) < 2:
        sys.exit("Set AMQP_URI and name a queue.")
    try:
        main(sys.argv[1], personal="--personal" in sys.argv[2:])
    except pika.exceptions.ChannelClosedByBroker as error:
        sys.exit(error.reply_text)
    except (pika.exceptions.AMQPError, OSError) as error:
        sys.exit(f"The broker of AMQP_URI can't be used: {error!r}")
