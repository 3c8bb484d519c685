"""The roles of a test's PostgreSQL: as at a real one, with passwords that follow from its administrator's."""

import hashlib

from sqlalchemy import Engine

from deploy.credentials import of_user, password
from deploy.database.grants import upgrade
from deploy.database.rights import OWNER, role_of
from deploy.database.roles import PROCESSES, create
from services.portal_read.projection import PORTAL
from shared.database.engine import connect
from shared.projections import versions


def url_of(process: str, database_url: str) -> str:
    """Where a process, the operator or the owner connects; `database_url` is the administrator's."""
    return of_user(database_url, role_of(process), _password(process, database_url))


def set_up(database_url: str) -> None:
    """Make the roles, and their database as its owner makes it."""
    administrator = connect(database_url, name="roles")
    create(administrator, {process: _password(process, database_url) for process in PROCESSES})
    administrator.dispose()
    owner = engine_of(OWNER, database_url)
    upgrade(owner)
    versions.build(owner, PORTAL)
    owner.dispose()


def engine_of(process: str, database_url: str) -> Engine:
    """Connects as a process does."""
    return connect(url_of(process, database_url), name=process, pool_size=2)


def _password(process: str, database_url: str) -> str:
    return hashlib.sha256(f"{process} {password(database_url)}".encode()).hexdigest()
