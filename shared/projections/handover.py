"""When a process of one version may answer beside those of another, which customers have seen answers of."""

from functools import cached_property

from sqlalchemy import Engine

from shared.contracts.position import Position
from shared.eventlog import log
from shared.projections import versions
from shared.projections.freshness import Freshness
from shared.projections.projection import Projection


class Handover:
    """Waits for what the log held at its beginning: under load, there is always something newer."""

    def __init__(self, engine: Engine, projection: Projection, freshness: Freshness) -> None:
        self._engine, self._projection, self._freshness = engine, projection, freshness

    def is_due(self) -> bool:
        """Whether the projection has got there, or nobody serves another version."""
        if not versions.others_serve(self._engine, self._projection):
            return True
        return all(self._freshness.has(head) for head in self._heads)

    @cached_property
    def _heads(self) -> list[Position]:
        with self._engine.connect() as connection:
            return list(log.heads(connection))
