"""Migrations take nothing away and demand nothing, so that the version before can work on meanwhile."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import Script, ScriptDirectory
from sqlalchemy import create_engine

from shared.database.migrate import config

# The promise holds from these on; what came before them was applied while nothing ran.
FIRST_RELEASE = {
    "customers_002",
    "documents_001",
    "eventlog_007",
    "invitation_002",
    "notifications_001",
    "orders_002",
    "portal_read_005",
    "requests_001",
}
# A migration that breaks the rule and does no harm has this constant, which says why.
REASON = "HINDERS_NOBODY"
TAKING = re.compile(r"\b(DROP (?!NOT NULL)|RENAME\b|TRUNCATE\b|SET NOT NULL\b)")
ALTERING = re.compile(r"\s*ALTER TABLE\b")
FILLED = re.compile(r"\bADD\b.*\bNOT NULL\b")
BY_ITSELF = re.compile(r"\b(DEFAULT|GENERATED)\b")
AS_SQL = ("op.execute", "op.get_bind")


def scripts() -> list[Script]:
    directory = ScriptDirectory.from_config(config(create_engine("postgresql+psycopg://")))
    return list(directory.walk_revisions())


def before_the_promise(found: list[Script]) -> set[str]:
    """The first release's revisions, and all that lead to them."""
    below = {each.revision: each.down_revision for each in found}
    known: set[str] = set()
    for head in FIRST_RELEASE:
        revision: object = head
        while isinstance(revision, str):
            known.add(revision)
            revision = below[revision]
    return known


def hindrances(source: str) -> list[str]:
    """The statements of a migration, on its way up, that take something away or demand something."""
    tree = ast.parse(source)
    upwards = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and _is_down(node))]
    return [each for node in upwards for each in (*_as_calls(node), *filter(_hinders, _texts(node)))]


def reason(source: str) -> str:
    """Why its hindrances hinder nobody, or nothing."""
    given = [
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == REASON
    ]
    return "".join(given)


def _is_down(node: ast.FunctionDef) -> bool:
    return node.name == "downgrade"


def _texts(node: ast.AST) -> Iterator[str]:
    """Its texts on one line each; what is put into one is left out."""
    for each in ast.walk(node):
        parts = each.values if isinstance(each, ast.JoinedStr) else [each]
        words = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
        yield " ".join(words.split())


def _as_calls(node: ast.AST) -> Iterator[str]:
    """Changes that are not written as SQL, where this test could read them."""
    calls = [ast.unparse(each) for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    return (call for call in calls if re.match(r"op\.\w+$", call) and call not in AS_SQL)


def _hinders(statement: str) -> bool:
    if TAKING.search(statement):
        return True
    changes = re.split(r",(?![^(]*\))", statement) if ALTERING.match(statement) else []
    return any(FILLED.search(change) and not BY_ITSELF.search(change) for change in changes)


def test_no_migration_since_the_first_release_takes_away_or_demands_anything():
    found = scripts()
    old = before_the_promise(found)
    for script in found:
        if script.revision not in old:
            source = Path(script.path).read_text()
            assert bool(hindrances(source)) is bool(reason(source)), (script.revision, hindrances(source))


@pytest.mark.parametrize("revision", ["orders_002", "customers_002", "portal_read_003", "invitation_002"])
def test_the_older_ones_that_did_are_found(revision: str):
    (script,) = [each for each in scripts() if each.revision == revision]
    assert hindrances(Path(script.path).read_text())


@pytest.mark.parametrize(
    "change",
    [
        'op.execute("DROP INDEX orders.by_start")',
        'op.execute("ALTER TABLE orders.orders DROP COLUMN note, ADD COLUMN notes text")',
        'op.execute("ALTER TABLE orders.orders ALTER note DROP DEFAULT")',
        'op.execute("ALTER TABLE orders.orders RENAME COLUMN note TO notes")',
        'op.execute("TRUNCATE " + ", ".join(TABLES))',
        'op.execute("ALTER TABLE orders.orders ADD a numeric(1, 2) DEFAULT 1, ADD note text NOT NULL")',
        'op.execute(f"""ALTER TABLE {TABLE}\n    ALTER COLUMN note SET NOT NULL""")',
        'op.execute(f"ALTER TABLE {TABLE} ADD COLUMN note text NOT NULL")',
        'op.drop_column("orders", "note", schema="orders")',
    ],
)
def test_what_the_version_before_misses_or_is_hindered_by_is_refused_unless_it_has_a_reason(change: str):
    source = f'"""A migration."""\n\ndef upgrade():\n    {change}\n'
    assert hindrances(source)
    assert not reason(source)
    excused = f'{source}\n{REASON} = (\n    "Nobody has read it "\n    "since orders_003."\n)\n'
    assert reason(excused) == "Nobody has read it since orders_003."


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE orders.notes (note_id uuid PRIMARY KEY, note text NOT NULL)",
        "ALTER TABLE orders.orders ADD COLUMN note text",
        "ALTER TABLE orders.orders ADD COLUMN kind text NOT NULL DEFAULT 'repair', ADD note text",
        "ALTER TABLE orders.orders ALTER COLUMN note DROP NOT NULL",
        "CREATE INDEX by_note ON orders.orders (note) WHERE note IS NOT NULL",
    ],
)
def test_what_only_adds_is_allowed_and_so_is_its_way_back(change: str):
    back = 'op.execute("DROP TABLE orders.notes")'
    source = f'def upgrade():\n    op.execute("{change}")\n\ndef downgrade():\n    {back}\n'
    assert hindrances(source) == []
