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
from functools import partial  # noqa: E402
from typing import Any  # noqa: E402

import structlog  # noqa: E402
from eventlet.event import Event  # noqa: E402
from nameko.containers import ServiceContainer, get_service_name  # noqa: E402

from shared.config import Config, ConfigurationError  # noqa: E402
from shared.messaging.process import container_config  # noqa: E402
from shared.observability import configure_logging  # noqa: E402

GRACE_S = 1.0
_log = structlog.get_logger(__name__)


def main(names: Sequence[str]) -> int:
    """Run the named services until SIGTERM or SIGINT, then drain within PORTAL_DRAIN_TIMEOUT.

    Ends with 1 when a service dies of a fault, so that whoever supervises the process starts it anew.
    """
    try:
        config = Config.from_environment()
        services = [_service(name) for name in names]
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    configure_logging(config.log_format, process=",".join(map(get_service_name, services)))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, partial(_on_signal, stop, config.drain_timeout))
    containers = [ServiceContainer(service, container_config(config)) for service in services]
    for container in containers:
        container.start()
        eventlet.spawn(_watch, container, stop)
    _log.info("started")
    failed: bool = stop.wait()
    return _drain(containers, config.drain_timeout) or int(failed)


def _on_signal(stop: Event, drain_timeout: float, *_: Any) -> None:
    """Ask for the end, and have the kernel bring it where a handler keeps the process to itself."""
    if not stop.ready():
        signal.setitimer(signal.ITIMER_REAL, drain_timeout + GRACE_S)
        stop.send(False)


def _watch(container: ServiceContainer, stop: Event) -> None:
    """nameko kills a container by itself when something in it raises, and leaves the process to live on."""
    try:
        container.wait()
    except Exception:
        _log.exception("service_died", service=container.service_name)
        if not stop.ready():
            stop.send(True)


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
    """The class at `module:Class`; raises ConfigurationError."""
    module, _, attribute = name.partition(":")
    try:
        service: type = getattr(importlib.import_module(module), attribute)
    except (AttributeError, ModuleNotFoundError, ValueError) as error:
        raise ConfigurationError(f"{name!r} is no service: {error}") from None
    return service


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # Threads of libraries may still wait for something; nothing is left to be done for them.
    os._exit(code)
