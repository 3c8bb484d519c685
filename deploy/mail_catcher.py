"""Takes every mail and keeps it in a folder instead of sending it, for trying out and for tests."""

import argparse
import asyncio
import os
import signal
from contextlib import suppress
from mailbox import Maildir
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from deploy.servers.ports import LOOPBACK

LOOK_AFTER_PARENT_S = 1.0


class Catcher:
    """A handler for aiosmtpd that keeps what it gets in a maildir."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._box = Maildir(folder / "mails", create=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self._box.add(envelope.content)
        return "250 Kept"


async def catch(folder: Path, port: int) -> None:
    """Listen on the loopback interface until SIGTERM, SIGINT, or the end of the process that began this."""
    loop, stop, parent = asyncio.get_running_loop(), asyncio.Event(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    catcher = Catcher(folder)
    server = await loop.create_server(lambda: SMTP(catcher, hostname="localhost"), LOOPBACK, port)
    while not stop.is_set() and os.getppid() == parent:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_AFTER_PARENT_S)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="mail catcher", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(catch(arguments.folder, arguments.port))
