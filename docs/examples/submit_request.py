"""Signs a customer in, submits a request and reads it back, with nothing but pika.

AMQP_URI=amqp://… EMAIL=… PASSWORD=… python submit_request.py
"""
# ruff: noqa: T201

import json
import os
import sys
import time
from typing import Any
from uuid import uuid4

import pika

EXCHANGE = "nameko-rpc"
REPLIES = "amq.rabbitmq.reply-to"


class Refused(Exception):
    """The `error` of an answer: `type` and `code` for programs, the message for people."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['exc_type']}: {error['message']}")
        self.type, self.code, self.details = error["exc_type"], error["code"], error["details"]


class Client:
    """Calls from one thread, one after the other."""

    def __init__(self, amqp_uri: str, *, timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._answer: dict[str, Any] | None = None
        self._call_id = ""
        self._returned = False
        self._connection = pika.BlockingConnection(pika.URLParameters(amqp_uri))
        self._channel = self._connection.channel()
        self._channel.exchange_declare(EXCHANGE, "topic", durable=True)
        self._channel.add_on_return_callback(self._on_return)
        self._channel.basic_consume(REPLIES, self._on_answer, auto_ack=True)

    def call(
        self, target: str, token: str | None = None, *, call_id: str | None = None, **arguments: Any
    ) -> Any:
        """Call `service.method` and return its result; give a `call_id` again to repeat a command safely.

        Raises Refused, TimeoutError, and LookupError where the service was never started.
        """
        self._call_id, self._answer, self._returned = call_id or str(uuid4()), None, False
        deadline = time.time() + self._timeout
        headers = {"nameko.deadline": int(deadline), "nameko.command_id": self._call_id}
        if token is not None:
            headers["nameko.auth_token"] = token
        self._channel.basic_publish(
            EXCHANGE,
            target,
            json.dumps({"args": [], "kwargs": arguments}).encode(),
            pika.BasicProperties(
                content_type="application/json",
                reply_to=REPLIES,
                correlation_id=self._call_id,
                expiration=str(int(self._timeout * 1000)),
                delivery_mode=1,
                headers=headers,
            ),
            mandatory=True,
        )
        while self._answer is None:
            if self._returned:
                raise LookupError(f"no queue takes {target}; has the service been started?")
            if time.time() > deadline:
                raise TimeoutError(f"no answer from {target} within {self._timeout} s")
            self._connection.process_data_events(time_limit=0.1)
        if self._answer["error"]:
            raise Refused(self._answer["error"])
        return self._answer["result"]

    def close(self) -> None:
        self._connection.close()

    def _on_answer(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        # An answer that comes after its call was given up belongs to nobody.
        if properties.correlation_id == self._call_id:
            self._answer = json.loads(body)

    def _on_return(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        self._returned = properties.correlation_id == self._call_id


def main() -> None:
    client = Client(os.environ["AMQP_URI"])
    session = client.call("invitation.sign_in", email=os.environ["EMAIL"], password=os.environ["PASSWORD"])
    token = session["access_token"]
    print("signed in as", session["caller"]["kind"], "until", session["expires_at"])

    sites = client.call("portal_read.sites", token)["items"]
    if not sites:
        sys.exit("The customer has no site that a request could be for.")
    submitted = client.call(
        "requests.submit",
        token,
        title="Heizung wird nicht warm",
        description="Seit gestern bleibt ein Heizkörper kalt.",
        site_id=sites[0]["site_id"],
    )
    print("submitted", submitted["number"], "at position", submitted["position"])

    seen = client.call(
        "portal_read.request",
        token,
        request_id=submitted["request_id"],
        at_least=submitted["position"],
    )
    print("read back:", seen["title"], "at", seen["site_name"], "is", seen["status"])
    print("reached:", seen["reached"], "stale:", seen["stale"], "position:", seen["position"])
    try:
        client.call("portal_read.request", token, request_id=str(uuid4()))
    except Refused as refusal:
        print("another id:", refusal.code, "-", refusal)
    client.close()


if __name__ == "__main__":
    if not {"AMQP_URI", "EMAIL", "PASSWORD"} <= os.environ.keys():
        sys.exit("Set AMQP_URI, EMAIL and PASSWORD.")
    try:
        main()
    except (Refused, TimeoutError, LookupError) as error:
        sys.exit(str(error))
    except (pika.exceptions.AMQPError, OSError) as error:
        sys.exit(f"The broker of AMQP_URI can't be used: {error!r}")
