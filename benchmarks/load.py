"""Fifty customers who browse and ask for work for a minute, on the portal as `make up` starts it."""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import first_page, open_page
from benchmarks.crowd import Crowd, Member
from benchmarks.visits import API, DESCRIPTION, LOOKS, PAGE, PAUSE_S, SENT_API, SENT_PAGE, SHARES, TITLE
from deploy import local
from deploy.servers.ports import free_port
from portalctl.context import read_env_file
from shared.identity.tokens import operator_token, service_token
from shared.messaging.client import RpcClient

USERS = 50
SECONDS = 60
COME_WITHIN_S = 10
LOCUSTFILE = Path(__file__).with_name("locustfile.py")
LOOK, SEND = "the bare calls", "the bare command"
Row = dict[str, Any]


class Measured(NamedTuple):
    """Answers to one kind of question, and the 95th percentile of their times, in milliseconds."""

    answers: int
    p95: float


def run() -> list[Row]:
    """Raises RuntimeError when a question was not answered as it should be."""
    with _portal() as (environment, folder):
        home, keys = environment["GATEWAY_URL"], Path(environment["PORTAL_KEYS"])
        with closing(RpcClient(environment["AMQP_URI"], name="benchmark", timeout=60)) as client:
            crowd = Crowd(client, operator=operator_token(keys), service=service_token(keys))
            members = crowd.gather(USERS)
            bare = _bare(client, members)
            over_http = _locust(home, members, folder)
            shown = [*open_page.rows(client, home, crowd.staff, members[1])]
        return [*_rows(over_http, bare), *first_page.rows(home, members[0]), *shown]


@contextmanager
def _portal() -> Iterator[tuple[dict[str, str], Path]]:
    """A stack of its own: its settings, and a folder for whatever is needed beside it."""
    with tempfile.TemporaryDirectory(prefix="portal-benchmark-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        os.environ["PORT"] = str(free_port())
        # The mails that invitations bring would end the links that are asked for here.
        os.environ["PORTAL_SMTP_URL"] = ""
        try:
            local.up(folder / "run")
            yield read_env_file(folder / "run" / "env"), folder
        finally:
            local.down(folder / "run")


def _locust(home: str, members: list[Member], folder: Path) -> dict[str, Measured]:
    """What Locust has seen, by name."""
    crowd = folder / "crowd.json"
    crowd.write_text(json.dumps(members))
    options = ["--headless", "--only-summary", "--host", home, "--csv", str(folder / "seen")]
    options += ["--users", str(USERS), "--spawn-rate", str(USERS / COME_WITHIN_S)]
    options += ["--run-time", f"{SECONDS + COME_WITHIN_S}s"]
    outcome = subprocess.run(
        [sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), *options],
        cwd=LOCUSTFILE.parents[1],
        env=os.environ | {"PORTAL_CROWD": str(crowd)},
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        raise RuntimeError(
            f"not every question was answered as it should be:\n{outcome.stdout}{outcome.stderr}"
        )
    with (folder / "seen_stats.csv").open(newline="") as file:
        return {
            line["Name"]: Measured(int(line["Request Count"]), float(line["95%"]))
            for line in csv.DictReader(file)
        }


def _bare(client: RpcClient, members: list[Member]) -> dict[str, Measured]:
    """The same customers at the same pace, without a gateway between."""
    end = time.monotonic() + SECONDS
    with ThreadPoolExecutor(USERS) as threads:
        times = [
            each for seen in threads.map(lambda member: _visit(client, member, end), members) for each in seen
        ]
    return {name: _measured([took for what, took in times if what == name]) for name in (LOOK, SEND)}


def _visit(client: RpcClient, member: Member, end: float) -> list[tuple[str, float]]:
    """Kind of call and how long it took, in milliseconds, one after the other until the end."""
    looks = SHARES[PAGE] + SHARES[API]
    sent = SHARES[SENT_PAGE] + SHARES[SENT_API]
    seen = []
    time.sleep(random.uniform(0, PAUSE_S[1]))
    while time.monotonic() < end:
        [kind] = random.choices((LOOK, SEND), (looks, sent))
        before = time.perf_counter()
        _look(client, member) if kind == LOOK else _send(client, member)
        seen.append((kind, (time.perf_counter() - before) * 1_000))
        time.sleep(random.uniform(*PAUSE_S))
    return seen


def _look(client: RpcClient, member: Member) -> None:
    [look] = random.choices(LOOKS, [each.often for each in LOOKS])
    client.call("portal_read", look.method, auth_token=member["token"], **look.arguments)


def _send(client: RpcClient, member: Member) -> None:
    request: dict[str, Any] = {"title": TITLE, "description": DESCRIPTION, "site_id": member["site_id"]}
    client.call("requests", "submit", auth_token=member["token"], **request)


def _measured(times: list[float]) -> Measured:
    return Measured(len(times), sorted(times)[min(len(times) * 95 // 100, len(times) - 1)])


def _rows(over_http: dict[str, Measured], bare: dict[str, Measured]) -> Iterator[Row]:
    for name, peer in ((PAGE, LOOK), (API, LOOK), (SENT_PAGE, SEND), (SENT_API, SEND)):
        mine, other = over_http[name], bare[peer]
        yield {
            "name": f"{name}, {USERS} customers, p95 of {mine.answers}",
            "value": round(mine.p95, 1),
            "unit": "ms",
            "peer": f"{peer}: {other.p95:.1f}",
            "ratio": round(mine.p95 / other.p95, 2),
        }
