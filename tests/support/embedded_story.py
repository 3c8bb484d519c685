"""Tells the story of the slice within the process that is the whole portal: `… embedded_story FOLDER`."""

import eventlet

eventlet.monkey_patch()

from shared.database.engine import yield_while_waiting  # noqa: E402

yield_while_waiting()

import os  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from deploy import embedded_postgresql  # noqa: E402
from deploy.embedded import EmbeddedPortal  # noqa: E402
from deploy.servers.ports import free_port  # noqa: E402
from tests.support.scene import Scene  # noqa: E402
from tests.support.story import tell  # noqa: E402


def main(folder: Path) -> None:
    """Start, tell, stop; twice, since the second time the data is there already."""
    folder.mkdir(mode=0o711)
    server = embedded_postgresql.start(folder)
    for _ in range(2):
        portal = EmbeddedPortal(folder, database_url=server.get_uri("portal"), port=free_port())
        portal.start()
        tell(Scene(portal.client, portal.config.keys, portal.config.files))
        portal.stop()
    server.cleanup()
    print("told")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)
