"""What the services of one process share: settings, database engine, keys, doorbell."""

from functools import cache
from typing import Any

from nameko.containers import WorkerContext
from nameko.extensions import DependencyProvider, SharedExtension
from sqlalchemy import Engine

from shared.config import Config
from shared.database.engine import connect
from shared.eventlog.doorbell import Doorbell
from shared.identity.keys import KeyRing

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


class Settings(DependencyProvider):  # type: ignore[misc]
    """Injects the process's Config."""

    process = Process()

    def get_dependency(self, worker_ctx: WorkerContext) -> Config:  # noqa: ARG002
        return self.process.config


def container_config(config: Config) -> dict[str, Any]:
    """What nameko's container is given."""
    return {CONFIG: config, "AMQP_URI": config.amqp_uri, "max_workers": config.max_workers}


@cache
def engine_of(config: Config) -> Engine:
    """The one engine of this process; two connections more than workers, for what runs beside them."""
    return connect(config.database_url, name="portal", pool_size=config.max_workers + 2)


@cache
def _keys_of(config: Config) -> KeyRing:
    return KeyRing(config.keys)


@cache
def _doorbell_of(engine: Engine) -> Doorbell:
    return Doorbell(engine)
