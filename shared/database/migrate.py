"""Brings the database's schema up to date: the log's and every service's, each a branch of its own."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

ROOT = Path(__file__).parents[2]


def upgrade(engine: Engine) -> list[str]:
    """Apply every migration that is missing and return the revisions that the schema then has.

    Running it twice, or twice at once, does no harm.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("version_locations", " ".join(str(folder) for folder in _version_folders()))
    config.set_main_option("path_separator", "space")
    config.attributes["engine"] = engine
    command.upgrade(config, "heads")
    with engine.connect() as connection:
        return sorted(MigrationContext.configure(connection).get_current_heads())


def _version_folders() -> list[Path]:
    return [ROOT / "shared/eventlog/migrations", *sorted(ROOT.glob("services/*/migrations"))]
