"""Two machines, of which one has not been given the newest master key yet."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from shared.database.engine import connect
from shared.identity import master_keys


class Machines:
    """`ahead` and `behind` are their folders of keys, copies of `keys`; the one behind lacks the `newest`."""

    def __init__(self, database_url: str, keys: Path, folder: Path) -> None:
        self.ahead, self.behind = (shutil.copytree(keys, folder / name) for name in ("ahead", "behind"))
        self.newest = f"personal-{master_keys.add(self.ahead)}.key"
        self._database_url = database_url

    @contextmanager
    def engines(self) -> Iterator[tuple[Engine, Engine]]:
        """One of the machine ahead, one of the machine behind."""
        ahead = connect(self._database_url, name="ahead", keys=self.ahead)
        behind = connect(self._database_url, name="behind", keys=self.behind)
        try:
            yield ahead, behind
        finally:
            ahead.dispose()
            behind.dispose()

    def catch_up(self) -> None:
        """Have the key on both."""
        shutil.copy(self.ahead / self.newest, self.behind)
