"""What the database says of an error reaches the log without the row that it is about."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine

ROOT = Path(__file__).parents[3]
_FAILING = """
import sys
import structlog
from sqlalchemy import text
from shared.database.engine import connect
from shared.observability import configure_logging
configure_logging("json")
with connect(sys.argv[1], name="test").begin() as connection:
    connection.execute(text("CREATE TABLE people (email text PRIMARY KEY)"))
    add = text("INSERT INTO people VALUES (:email)")
    connection.execute(add, {"email": "zoe@example.com"})
    try:
        connection.execute(add, {"email": "zoe@example.com"})
    except Exception:
        structlog.get_logger().exception("failed")
"""


def test_the_log_of_a_violated_key_names_the_key_and_not_the_value(database: Engine):
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    ran = subprocess.run(
        [sys.executable, "-c", _FAILING, url], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "people_pkey" in ran.stderr
    assert "zoe" not in ran.stderr
