"""Makes the database's roles, as an administrator of the server, and hands the database to its owner."""

from collections.abc import Mapping

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, func, select, text

from deploy.database.grants import ONE_AT_A_TIME, schemas
from deploy.database.rights import OWNER, RIGHTS, SCHEMAS, role_of

PROCESSES = (*RIGHTS, OWNER)
# Whoever looks after the portal sees who waits for whom, and may end it.
_WATCHING = "pg_monitor, pg_signal_backend"
_NOT_THE_OWNERS = text(
    """
    WITH ours AS (SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname = ANY(:schemas)),
         owner AS (SELECT oid FROM pg_roles WHERE rolname = :owner)
    SELECT format('SCHEMA %I', nspname) FROM ours, owner WHERE nspowner <> owner.oid
     UNION ALL
    SELECT format('TABLE %s', pg_class.oid::regclass) FROM pg_class, owner
     WHERE (relnamespace IN (SELECT oid FROM ours) OR pg_class.oid = to_regclass('public.alembic_version'))
       AND relkind = 'r' AND relowner <> owner.oid
     UNION ALL
    SELECT format('FUNCTION %s', pg_proc.oid::regprocedure) FROM pg_proc, owner
     WHERE pronamespace IN (SELECT oid FROM ours) AND proowner <> owner.oid
    """
)


def create(engine: Engine, passwords: Mapping[str, str]) -> None:
    """Make the roles that are missing, give each the password of its process, and the owner what is there.

    `engine` is an administrator's, and names the portal's database. From then on nobody connects to it but
    the roles and administrators. Running it twice, or twice at once, does no harm.
    """
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(ONE_AT_A_TIME, 0))))
        for process in PROCESSES:
            _create(connection, role_of(process), passwords[process])
        _hand_over(connection, str(engine.url.database))


def _create(connection: Connection, role: str, password: str) -> None:
    if connection.execute(text("SELECT to_regrole(:role)"), {"role": role}).scalar() is None:
        connection.execute(text(f"CREATE ROLE {role}"))
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    # The server is given the verifier alone, so that no log of its statements holds the password.
    verifier = driver.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    name = sql.Identifier(role)
    driver.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(verifier)))


def _hand_over(connection: Connection, database: str) -> None:
    owner, name = role_of(OWNER), connection.dialect.identifier_preparer.quote(database)
    if connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar():
        connection.execute(text(f"GRANT {_WATCHING} TO {role_of('operator')}"))
    else:
        # Who gives something to another must be a member of it.
        connection.execute(text(f"GRANT {owner} TO CURRENT_USER"))
    connection.execute(text(f"ALTER DATABASE {name} OWNER TO {owner}"))
    connection.execute(text(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"))
    for process in PROCESSES:
        connection.execute(text(f"GRANT CONNECT ON DATABASE {name} TO {role_of(process)}"))
    found = [schema for each in SCHEMAS for schema in schemas(connection, each)]
    for thing in connection.execute(_NOT_THE_OWNERS, {"schemas": found, "owner": owner}).scalars().all():
        connection.execute(text(f"ALTER {thing} OWNER TO {owner}"))
