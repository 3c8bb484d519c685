"""Runs services: `python -m shared.messaging.runner services.requests.service:RequestsService`."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from shared.database.engine import yield_while_waiting  # noqa: E402

yield_while_waiting()

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from functools import partial  # noqa: E402
from pkgutil import resolve_name  # noqa: E402

import structlog  # noqa: E402
from eventlet.event import Event  # noqa: E402
from nameko.containers import ServiceContainer, get_service_name  # noqa: E402

from shared.config import Config, ConfigurationError  # noqa: E402
from shared.identity.master_keys import master_keys  # noqa: E402
from shared.messaging.process import container_config, monitoring_of  # noqa: E402
from shared.monitoring import server  # noqa: E402
from shared.observability import configure_logging  # noqa: E402
from shared.signals import on_stop  # noqa: E402
from shared.tracing import collecting  # noqa: E402

GRACE_S = 1.0
_log = structlog.get_logger(__name__)


def main(names: Sequence[str]) -> int:
    """Run the named services until SIGTERM or SIGINT, then drain within PORTAL_DRAIN_TIMEOUT.

    Ends with 1 when a service dies of a fault, so that whoever supervises the process starts it anew.
    """
    try:
        config = Config.from_environment()
        master_keys(config.keys).newest()
        services = [_service(name) for name in names]
        containers = [ServiceContainer(service, container_config(config)) for service in services]
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    process = ",".join(map(get_service_name, services))
    configure_logging(config.log_format, process=process)
    end_traces = collecting.start(config.traces, process=process)
    stop = Event()
    on_stop(partial(_end, stop, config.drain_timeout))
    monitoring = monitoring_of(config)
    started = Event()
    monitoring.ready_if("start", lambda: None if started.ready() else "not finished yet")
    server.serve(monitoring, host=config.metrics_host, port=config.metrics_port)
    for container in containers:
        container.start()
        eventlet.spawn(_watch, container, stop)
    started.send()
    _log.info("started")
    failed: bool = stop.wait()
    code = _drain(containers, config.drain_timeout) or int(failed)
    end_traces()
    return code


def _end(stop: Event, drain_timeout: float) -> None:
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
    try:
        service: type = resolve_name(name)
    except (AttributeError, ModuleNotFoundError, ValueError) as error:
        raise ConfigurationError(f"{name!r} is no service: {error}") from None
    return service


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # Threads of libraries may still wait for something; nothing is left to be done for them.
    os._exit(code)
