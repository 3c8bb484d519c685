"""What the RPC benchmark calls: the same echo on our entrypoints, on plain nameko and on bare pika.

`python -m shared.messaging.runner benchmarks.rpc_servers:Echo` runs ours, `python -m benchmarks.rpc_servers
nameko` or `… pika` the others, on the broker of AMQP_URI.
"""

import os
import sys
from typing import Any

from nameko.rpc import rpc

from shared.contracts.declare import message, text
from shared.identity.caller import Caller
from shared.messaging.rpc import ANYONE, SERVICE, query

PIKA_QUEUE = "benchmark.echo"
READY = "rpc_ready"


@message
class Text:
    text: str = text(maximum=1_000)


class Echo:
    name = "benchmark-echo"

    caller: Caller

    @query(Text, allow=ANYONE)
    def echo(self, text: str) -> dict[str, Any]:
        return {"text": text}

    @query(Text, allow=[SERVICE])
    def echo_signed(self, text: str) -> dict[str, Any]:
        return {"text": text}


class PlainEcho:
    name = "benchmark-plain"

    @rpc  # type: ignore[untyped-decorator]
    def echo(self, text: str) -> dict[str, Any]:
        return {"text": text}


def run_nameko(amqp_uri: str) -> None:
    """As `nameko run` does, monkey-patched."""
    from nameko.runners import ServiceRunner

    runner = ServiceRunner({"AMQP_URI": amqp_uri})
    runner.add_service(PlainEcho)
    runner.start()
    print(READY, flush=True)
    runner.wait()


def run_pika(amqp_uri: str) -> None:
    """A consumer that sends each body back."""
    import pika

    channel = pika.BlockingConnection(pika.URLParameters(amqp_uri)).channel()
    channel.queue_declare(PIKA_QUEUE, auto_delete=True)

    def answer(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
        answered = pika.BasicProperties(correlation_id=properties.correlation_id)
        channel.basic_publish("", properties.reply_to, body, answered)
        channel.basic_ack(method.delivery_tag)

    channel.basic_qos(prefetch_count=10)
    channel.basic_consume(PIKA_QUEUE, answer)
    print(READY, flush=True)
    channel.start_consuming()


if __name__ == "__main__":
    if sys.argv[1] == "nameko":
        import eventlet

        eventlet.monkey_patch()
        run_nameko(os.environ["AMQP_URI"])
    else:
        run_pika(os.environ["AMQP_URI"])
