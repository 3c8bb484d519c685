"""Whether each service of a portal answers."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping

from deploy.stack import SERVICES
from shared.contracts.errors import DeadlineExceeded, MethodNotFound, Unavailable
from shared.messaging.client import RpcClient

TIMEOUT_S = 60.0
POLL_S = 0.1
CALL_S = 2.0


def wait_until_all_answer(environment: Mapping[str, str]) -> None:
    """Wait until every service and the gateway answer; raises TimeoutError with those that don't."""
    client = RpcClient(environment["AMQP_URI"], name="readiness", timeout=CALL_S)
    waiting = [*SERVICES, "gateway"]
    deadline = time.monotonic() + TIMEOUT_S
    while waiting:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer from {', '.join(waiting)}; see .run/logs")
        waiting = [
            name
            for name in waiting
            if not (_page_answers(environment) if name == "gateway" else _service_answers(client, name))
        ]
        time.sleep(POLL_S)
    client.close()


def _service_answers(client: RpcClient, service: str) -> bool:
    """A service that is there says that it has no such method."""
    try:
        client.call(service, "is_there")
    except MethodNotFound:
        return True
    except (Unavailable, DeadlineExceeded):
        return False
    return True


def _page_answers(environment: Mapping[str, str]) -> bool:
    try:
        with urllib.request.urlopen(f"{environment['GATEWAY_URL']}/readyz", timeout=CALL_S) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
