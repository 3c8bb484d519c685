"""Runs services: `python -m shared.messaging.runner services.requests.service:RequestsService`."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from shared.database.engine import yield_while_waiting  # noqa: E402

yield_while_waiting()

import importlib  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402

import structlog  # noqa: E402
from eventlet.event import Event  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402

from shared.config import Config, ConfigurationError  # noqa: E402
from shared.messaging.process import container_config  # noqa: E402
from shared.observability import configure_logging  # noqa: E402

_log = structlog.get_logger(__name__)


def main(names: Sequence[str]) -> int:
    """Run the named services until SIGTERM or SIGINT, then drain within PORTAL_DRAIN_TIMEOUT."""
    try:
        config = Config.from_environment()
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    services = [_service(name) for name in names]
    configure_logging(config.log_format, process=",".join(vars(service)["name"] for service in services))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None if stop.ready() else stop.send())
    containers = [ServiceContainer(service, container_config(config)) for service in services]
    for container in containers:
        container.start()
    _log.info("started")
    stop.wait()
    return _drain(containers, config.drain_timeout)


def _drain(containers: Sequence[ServiceContainer], timeout: float) -> int:
    """Let the containers finish; what takes longer than `timeout` is cut off, and its messages go back."""
    stopping = [eventlet.spawn(container.stop) for container in containers]
    try:
        with eventlet.Timeout(timeout):
            for each in stopping:
                each.wait()
    except eventlet.Timeout:
        _log.warning("stopped_before_drained", timeout=timeout)
        return 1
    _log.info("stopped")
    return 0


def _service(name: str) -> type:
    module, _, attribute = name.partition(":")
    service: type = getattr(importlib.import_module(module), attribute)
    return service


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # Threads of libraries may still wait for something; nothing is left to be done for them.
    os._exit(code)
