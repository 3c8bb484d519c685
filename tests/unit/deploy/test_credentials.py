"""Passwords of processes: made once, kept for their owner alone, whatever else of the URL changes."""

import stat
from pathlib import Path

from deploy.credentials import keep, password


def kept(folder: Path, server: str = "postgresql://portal:admin@127.0.0.1:5432/portal") -> dict[str, str]:
    return dict(keep(folder, ["orders", "relay"], server=server, user="mfr_{}"))


def test_each_process_has_a_user_and_a_password_of_its_own(tmp_path: Path):
    urls = kept(tmp_path)
    assert urls["orders"].startswith("postgresql://mfr_orders:")
    assert urls["orders"].endswith("@127.0.0.1:5432/portal")
    passwords = {*map(password, urls.values()), "admin"}
    assert len(passwords) == 3
    assert all(len(each) >= 32 for each in passwords - {"admin"})


def test_a_password_stays_when_the_server_moves(tmp_path: Path):
    before, after = kept(tmp_path), kept(tmp_path, "postgresql://portal:admin@db.example:5433/other")
    assert after["orders"].endswith("@db.example:5433/other")
    assert password(after["orders"]) == password(before["orders"])


def test_only_its_owner_can_read_a_file(tmp_path: Path):
    urls = kept(tmp_path / "new")
    for path in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text() == urls[path.name]
