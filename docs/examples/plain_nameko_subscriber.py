"""Reacts to submitted requests with nameko's own event handler and nothing of the portal's code.

AMQP_URI=amqp://… python plain_nameko_subscriber.py
"""
# ruff: noqa: E402, T201

import eventlet

eventlet.monkey_patch()

import os
import sys
from typing import Any

from nameko.events import event_handler
from nameko.runners import ServiceRunner


class ExampleService:
    """Its queue is named `evt-requests-request_submitted--example.on_request_submitted`."""

    name = "example"

    @event_handler("requests", "request_submitted")
    def on_request_submitted(self, payload: dict[str, Any]) -> None:
        print(payload["number"], payload["title"], flush=True)


if __name__ == "__main__":
    if "AMQP_URI" not in os.environ:
        sys.exit("Set AMQP_URI.")
    runner = ServiceRunner({"AMQP_URI": os.environ["AMQP_URI"]})
    runner.add_service(ExampleService)
    runner.start()
    try:
        runner.wait()
    except KeyboardInterrupt:
        runner.stop()
