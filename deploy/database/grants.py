"""Gives the roles that there are just what is declared, and makes the tables that only the owner may make."""

from sqlalchemy import Connection, Engine, func, select, text

from deploy.database.rights import RIGHTS, SCHEMAS, STREAM_TYPES, role_of
from services.portal_read.projection import PORTAL
from shared.database import migrate
from shared.eventlog.tables import writers
from shared.projections import versions

ONE_AT_A_TIME = "rights"
# A schema's own name, or that of one of its later versions.
_SCHEMAS = text("SELECT nspname FROM pg_namespace WHERE nspname ~ ('^' || :name || '(_v[0-9]+)?$')")
_APPEND = "FUNCTION eventlog.append"
_WRITERS = [
    {"role": role_of(process), "stream_type": stream_type}
    for process, stream_types in STREAM_TYPES.items()
    for stream_type in stream_types
]


def upgrade(engine: Engine) -> list[str]:
    """Bring everything in the database up to date as its owner, and return the revisions of the schema.

    The migrations, the tables of the read model's version, and the rights of the roles, where there are any.
    Running it twice, or twice at once, does no harm.
    """
    revisions = migrate.upgrade(engine)
    versions.begin(engine, PORTAL)
    grant(engine)
    return revisions


def grant(engine: Engine) -> None:
    """Give each role what is declared, and take away what is not; roles that there are not get nothing."""
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(ONE_AT_A_TIME, 0))))
        connection.execute(writers.delete())
        connection.execute(writers.insert(), _WRITERS)
        connection.execute(text(f"REVOKE ALL ON {_APPEND} FROM PUBLIC"))
        for process in existing(connection):
            _grant(connection, process)


def existing(connection: Connection) -> list[str]:
    """The processes that have a role."""
    roles = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    return [process for process in RIGHTS if role_of(process) in roles]


def schemas(connection: Connection, name: str) -> list[str]:
    """The schema of that name, and those of its later versions."""
    return list(connection.execute(_SCHEMAS, {"name": name}).scalars())


def _grant(connection: Connection, process: str) -> None:
    role = role_of(process)
    for name in SCHEMAS:
        for schema in schemas(connection, name):
            connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}"))
            connection.execute(text(f"REVOKE ALL ON SCHEMA {schema} FROM {role}"))
    for target, verbs in RIGHTS[process].items():
        name, _, table = target.partition(".")
        for schema in schemas(connection, name):
            tables = f"ALL TABLES IN SCHEMA {schema}" if table == "*" else f"{schema}.{table}"
            connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
            connection.execute(text(f"GRANT {verbs} ON {tables} TO {role}"))
    verb, way = ("GRANT", "TO") if process in STREAM_TYPES else ("REVOKE", "FROM")
    connection.execute(text(f"{verb} EXECUTE ON {_APPEND} {way} {role}"))
