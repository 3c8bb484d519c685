"""What the services of one process share: settings, database engine, keys, doorbell, monitoring."""

from functools import cache
from typing import Any

from nameko.containers import ServiceContainer, WorkerContext
from nameko.extensions import DependencyProvider, SharedExtension
from sqlalchemy import Engine

from shared.config import Config
from shared.database.engine import connect
from shared.eventlog.doorbell import Doorbell
from shared.files.store import FileStore
from shared.identity.keys import KeyRing
from shared.monitoring.database import unreachable, watching_engine
from shared.monitoring.monitoring import Monitoring

CONFIG = "PORTAL"


class Process(SharedExtension):  # type: ignore[misc]
    """Reached by entrypoints as `self.process`, at any time: nameko sets extensions up in no given order."""

    @property
    def config(self) -> Config:
        config: Config = self.container.config[CONFIG]
        return config

    @property
    def engine(self) -> Engine:
        return engine_of(self.config)

    @property
    def keys(self) -> KeyRing:
        return _keys_of(self.config)

    @property
    def doorbell(self) -> Doorbell:
        return _doorbell_of(self.engine)

    @property
    def monitoring(self) -> Monitoring:
        return monitoring_of(self.config)

    @property
    def watching_engine(self) -> Engine:
        """For collectors and checks, which don't wait for the connections of the work."""
        return watching_engine(self.config.database_url)


class Settings(DependencyProvider):  # type: ignore[misc]
    """Injects the process's Config."""

    process = Process()

    def get_dependency(self, worker_ctx: WorkerContext) -> Config:  # noqa: ARG002
        return self.process.config


class Files(DependencyProvider):  # type: ignore[misc]
    """Injects the process's FileStore."""

    files: FileStore

    def bind(self, container: ServiceContainer, attr_name: str) -> "Files":
        """Have a wrong setting show before anything is started. Raises ConfigurationError."""
        bound: Files = super().bind(container, attr_name)
        bound.files = files_of(container.config[CONFIG])
        return bound

    def get_dependency(self, worker_ctx: WorkerContext) -> FileStore:  # noqa: ARG002
        return self.files


def container_config(config: Config) -> dict[str, Any]:
    """What nameko's container is given."""
    workers = config.max_workers + config.max_waiting
    return {CONFIG: config, "AMQP_URI": config.amqp_uri, "max_workers": workers}


@cache
def engine_of(config: Config) -> Engine:
    """The one engine of this process; two connections more than workers, for what runs beside them."""
    pool_size = config.max_workers + 2
    return connect(config.database_url, name="portal", pool_size=pool_size, keys=config.keys)


@cache
def monitoring_of(config: Config) -> Monitoring:
    """What this process tells those who watch it."""
    monitoring = Monitoring()
    monitoring.ready_if("database", lambda: unreachable(watching_engine(config.database_url)))
    return monitoring


@cache
def _keys_of(config: Config) -> KeyRing:
    return KeyRing(config.keys)


@cache
def files_of(config: Config) -> FileStore:
    """The one file store of this process. Raises ConfigurationError."""
    return FileStore(config.files)


@cache
def _doorbell_of(engine: Engine) -> Doorbell:
    return Doorbell(engine)
