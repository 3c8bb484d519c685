"""Runs services as nameko itself does: `python -m tests.support.plain_nameko module:Class …`."""

import eventlet

eventlet.monkey_patch()

import importlib  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

from nameko.runners import ServiceRunner  # noqa: E402


def main(names: list[str]) -> None:
    """As `nameko run` does, whose command line no longer imports."""
    logging.basicConfig(level=logging.INFO)
    runner = ServiceRunner({"AMQP_URI": os.environ["AMQP_URI"], "max_workers": 10})
    for name in names:
        module, _, attribute = name.partition(":")
        runner.add_service(getattr(importlib.import_module(module), attribute))
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(runner.stop))
    runner.start()
    logging.info("rpc_ready")
    runner.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
