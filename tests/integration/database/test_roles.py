"""An administrator makes the roles, and hands the database, whoever made it, to its owner."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from deploy.credentials import of_user
from deploy.database.rights import OWNER
from deploy.database.roles import PROCESSES
from shared.database.engine import connect
from shared.database.migrate import upgrade
from tests.integration.eventlog.given import register, size
from tests.integration.portalctl.commands import Portalctl
from tests.support.database_roles import engine_of, url_of

PASSWORD = "a password of a test"
NOT_THE_OWNERS = """
    SELECT relname FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid
     WHERE (nspname IN ('eventlog', 'orders', 'portal_read') OR relname = 'alembic_version')
       AND relkind = 'r' AND relowner <> 'mfr_owner'::regrole
"""
OPEN_TO_ALL = """
    SELECT privilege_type FROM pg_database, aclexplode(datacl)
     WHERE datname = current_database() AND grantee = 0
"""


@pytest.fixture(params=["a superuser", "one who may create roles and databases"])
def administrator(request: pytest.FixtureRequest, empty_url: str) -> Iterator[str]:
    """The URL of who made the database, which is empty yet."""
    if request.param == "a superuser":
        yield empty_url
        return
    name, database = f"administrator_{secrets.token_hex(4)}", make_url(empty_url).database
    with psycopg.connect(empty_url, autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {name} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'")
        superuser.execute(f"ALTER DATABASE {database} OWNER TO {name}")
        yield of_user(empty_url, name, PASSWORD.replace(" ", "%20"))
        superuser.execute(f"ALTER DATABASE {database} OWNER TO CURRENT_USER")
        superuser.execute(f"DROP OWNED BY {name}")
        superuser.execute(f"DROP ROLE {name}")


def test_a_database_from_before_the_roles_becomes_the_owners_and_each_process_works_in_it(
    administrator: str, empty_url: str, keys: Path, tmp_path: Path
):
    before = connect(administrator, name="before")
    upgrade(before)
    before.dispose()
    # The roles are the whole server's, where other tests use them: they keep their passwords.
    for process in PROCESSES:
        (tmp_path / process).write_text(url_of(process, empty_url))
    settings = {"AMQP_URI": "amqp://nobody", "PORTAL_KEYS": str(keys)}
    Portalctl({**settings, "DATABASE_URL": administrator}).json("schema", "roles", str(tmp_path))
    Portalctl({**settings, "DATABASE_URL_FILE": str(tmp_path / OWNER)}).json("schema", "upgrade")

    with psycopg.connect(empty_url) as connection:
        assert connection.execute(NOT_THE_OWNERS).fetchall() == []
        assert connection.execute(OPEN_TO_ALL).fetchall() == []
    customers = engine_of("customers", empty_url)
    register(customers)
    assert size(customers) == 1
    customers.dispose()
