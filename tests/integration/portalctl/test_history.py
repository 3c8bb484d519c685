"""Operators verify the log and export a company's history, which whoever gets it can check offline."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from shared.contracts.position import Position
from shared.eventlog.chain import follows
from shared.eventlog.export import write
from shared.identity.heads import SignedHeads, sign
from shared.identity.keys import SigningKey, create
from shared.identity.tokens import now
from tests.integration.eventlog.given import OTHER_PROVIDER, PROVIDER, register, rename
from tests.integration.eventlog.tampering import change, hash_anew, remove, tampering
from tests.integration.portalctl.commands import ROOT, Portalctl

PARTITION = PROVIDER.int % 8
VERIFIER = ROOT / "docs" / "examples" / "verify_export.py"
COMPANY, OTHER = uuid7(), uuid7()
Export = dict[str, Any]


@pytest.fixture
def log(database: Engine) -> Engine:
    """Positions 1 to 4: a company's; 5: another one's; and one of another provider."""
    register(database, company_id=COMPANY)
    for name in ("second", "third", "Größe & Übermaß"):
        rename(database, COMPANY, name)
    register(database, company_id=OTHER)
    register(database, provider_id=OTHER_PROVIDER)
    return database


@pytest.fixture
def history(log: Engine, keys: Path, tmp_path: Path) -> Path:
    """What `portalctl events export` writes."""
    file = tmp_path / "history.json"
    key = SigningKey.load(keys, "history")
    with log.connect() as connection, file.open("w", encoding="utf-8") as out:
        write(connection, COMPANY, out, lambda heads: sign(key, SignedHeads(str(COMPANY), now(), heads)))
    return file


def checked(history: Path, keys: Path) -> subprocess.CompletedProcess[str]:
    """What the offline verifier says, run with nothing of this project at hand."""
    return subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(history), str(keys / "jwks.json")],
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )


def offline_verifier() -> ModuleType:
    spec = spec_from_file_location("verify_export", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tampered(history: Path, damage: Callable[[Export], Any]) -> Path:
    """A copy of the export with something done to it."""
    export = json.loads(history.read_text())
    damage(export)
    copy = history.with_name("tampered.json")
    copy.write_text(json.dumps(export))
    return copy


def events(export: Export) -> list[dict[str, str]]:
    found: list[dict[str, str]] = export["streams"][0]["events"]
    return found


def rewrite(event: dict[str, str], **fields: Any) -> None:
    event["text"] = json.dumps(json.loads(event["text"]) | fields)


def swap_payloads(export: Export) -> None:
    one, other = events(export)[1:3]
    first, second = json.loads(one["text"])["payload"], json.loads(other["text"])["payload"]
    rewrite(one, payload=second)
    rewrite(other, payload=first)


def swap(export: Export) -> None:
    found = events(export)
    found[1], found[2] = found[2], found[1]


def chained_anew(export: Export) -> dict[str, str]:
    """Another last event, with the hash that it should have."""
    before, last = events(export)[-2:]
    forged = json.dumps(json.loads(last["text"]) | {"payload": {}})
    return {"text": forged, "hash": follows(bytes.fromhex(before["hash"]), forged).hex()}


DAMAGE: dict[str, tuple[Callable[[Export], Any], list[str]]] = {
    "changed": (lambda export: rewrite(events(export)[1], payload={}), ["version 2 at 1:2: changed"]),
    "hash": (
        lambda export: events(export)[1].update(hash="00" * 32),
        ["2 at 1:2: changed", "3 at 1:3: changed"],
    ),
    "removed": (lambda export: events(export).pop(1), ["version 2: removed"]),
    "cut": (lambda export: events(export).pop(), ["ends with version 3, signed was version 4"]),
    "emptied": (lambda export: events(export).clear(), ["ends with version 0, signed was version 4"]),
    "stream": (lambda export: export["streams"].clear(), ["ends with version 0, signed was version 4"]),
    "swapped": (swap, ["version 2 at 1:2: not in its place, it stands behind version 3"]),
    "payloads": (swap_payloads, ["version 2 at 1:2: changed", "version 3 at 1:3: changed"]),
    "company": (lambda export: export.update(company_id=str(OTHER)), ["the signature company"]),
    "forged head": (
        lambda export: events(export)[3].update(chained_anew(export)),
        ["not those that were signed"],
    ),
    "twice": (lambda export: export["streams"].append(export["streams"][0]), ["the stream is there twice"]),
}


def test_a_whole_log_is_said_to_be_whole(portalctl: Portalctl, log: Engine):
    assert portalctl.json("events", "verify") == {"events": 6, "findings": []}
    done = portalctl.run("events", "verify", "--company", str(COMPANY), "--from", f"{PARTITION}:2")
    assert "3 events: all is as it was recorded" in done.stdout


def test_damage_is_listed_and_the_exit_code_says_so(portalctl: Portalctl, log: Engine):
    with tampering(log) as connection:
        change(connection, Position(PARTITION, 2), "payload = '{}'")
    done = portalctl.run("events", "verify", "--json")
    assert done.returncode == 1
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["damage"], finding["first"], finding["version"]) == ("changed", "1:2", 2)
    assert (finding["stream_type"], finding["stream_id"]) == ("company", str(COMPANY))
    shown = portalctl.run("events", "verify", "--company", str(COMPANY))
    assert shown.returncode == 1
    assert "it is not what was recorded" in shown.stdout


def test_a_good_export_passes_offline_and_holds_this_companys_events_alone(
    portalctl: Portalctl, log: Engine, keys: Path, tmp_path: Path
):
    history = tmp_path / "history.json"
    exported = portalctl.json("events", "export", "--company", str(COMPANY), "--to", str(history))
    assert exported == {"file": str(history), "streams": 1, "events": 4}
    done = checked(history, keys)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok: 4 events of 1 streams")
    assert history.stat().st_mode & 0o777 == 0o600
    written = history.read_text()
    assert str(OTHER) not in written
    entries = events(json.loads(written))
    assert {json.loads(event["text"])["company_id"] for event in entries} == {str(COMPANY)}
    assert entries[-1]["personal"] == {"name": "Größe & Übermaß"}


def test_a_tampered_export_is_found_offline_with_each_damage_named(history: Path, keys: Path):
    verifier, jwks = offline_verifier(), json.loads((keys / "jwks.json").read_text())
    for damage, expected in DAMAGE.values():
        problems = list(verifier.damage(json.loads(tampered(history, damage).read_text()), jwks))
        assert len(problems) == len(expected), problems
        assert all(line in problem for line, problem in zip(expected, problems, strict=True)), problems


def test_a_history_that_was_chained_anew_is_not_what_was_signed(
    portalctl: Portalctl, log: Engine, history: Path, keys: Path, tmp_path: Path
):
    with tampering(log) as connection:
        change(connection, Position(PARTITION, 2), "payload = '{}'")
        for position in (2, 3, 4):
            hash_anew(connection, Position(PARTITION, position))
    assert portalctl.json("events", "verify")["findings"] == []
    done = portalctl.run("events", "verify", "--against", str(history), "--json")
    assert done.returncode == 1
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["damage"], finding["first"]) == ("rewritten", f"{PARTITION}:4")
    forged = tmp_path / "forged.json"
    forged.write_text(portalctl.run("events", "export", "--company", str(COMPANY)).stdout)
    old_signature = json.loads(history.read_text())["signed_heads"]
    done = checked(tampered(forged, lambda export: export.update(signed_heads=old_signature)), keys)
    assert "its events are not those that were signed" in done.stdout


def test_a_head_that_was_signed_is_missed_once_it_is_gone(portalctl: Portalctl, log: Engine, history: Path):
    assert portalctl.json("events", "verify", "--against", str(history))["findings"] == []
    with tampering(log) as connection:
        for position in (4, 5):
            remove(connection, Position(PARTITION, position))
        connection.execute(
            text("UPDATE eventlog.partitions SET head = 3 WHERE partition = :p"), {"p": PARTITION}
        )
    assert portalctl.json("events", "verify")["findings"] == []
    done = portalctl.run("events", "verify", "--against", str(history), "--json")
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["damage"], finding["stream_id"], finding["version"]) == ("removed", str(COMPANY), 4)


@pytest.mark.parametrize("name", ["sessions", "operators"])
def test_a_key_that_speaks_for_callers_can_not_sign_a_history(
    portalctl: Portalctl, history: Path, keys: Path, name: str
):
    forged = sign(SigningKey.load(keys, name), SignedHeads(str(COMPANY), now(), {}))
    export = tampered(history, lambda export: export.update(signed_heads=forged))
    assert "not in the list of keys" in checked(export, keys).stderr
    done = portalctl.run("events", "verify", "--against", str(export))
    assert done.returncode == 1
    assert "no export whose heads this portal has signed" in done.stderr


def test_another_portals_signature_is_none(history: Path, keys: Path, tmp_path: Path):
    create(tmp_path / "strange")
    assert "not in the list of keys" in checked(history, tmp_path / "strange").stderr
    listed = json.loads((tmp_path / "strange" / "jwks.json").read_text())["keys"]
    kid = SigningKey.load(keys, "history").kid
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [entry | {"kid": kid} for entry in listed]}))
    assert "signature of the heads is not good" in checked(history, tmp_path).stderr


@pytest.mark.parametrize("content", ["[]", '{"format": "mfr-portal-history/1"}'])
def test_what_is_no_export_is_said_in_one_line(
    portalctl: Portalctl, keys: Path, tmp_path: Path, content: str
):
    file = tmp_path / "history.json"
    file.write_text(content)
    for done in (checked(file, keys), portalctl.run("events", "verify", "--against", str(file))):
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1


def test_a_damaged_history_is_not_signed_and_leaves_no_file(
    portalctl: Portalctl, log: Engine, tmp_path: Path
):
    with tampering(log) as connection:
        change(connection, Position(PARTITION, 2), "payload = '{}'")
    done = portalctl.run(
        "events", "export", "--company", str(COMPANY), "--to", str(tmp_path / "history.json")
    )
    assert done.returncode == 1
    assert "it is not signed" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_company_to_which_nothing_has_happened_is_named(portalctl: Portalctl, log: Engine):
    nobody = str(uuid4())
    for command in ("export", "verify"):
        done = portalctl.run("events", command, "--company", nobody)
        assert done.returncode == 1
        assert nobody in done.stderr


def test_without_the_key_nothing_is_exported(portalctl: Portalctl, log: Engine, keys: Path, tmp_path: Path):
    few = shutil.copytree(keys, tmp_path / "keys")
    (few / "history.pem").unlink()
    done = portalctl.run("events", "export", "--company", str(COMPANY), PORTAL_KEYS=str(few))
    assert done.returncode == 1
    assert "history.pem" in done.stderr
    assert done.stdout == ""
