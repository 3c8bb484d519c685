"""Whether each service of a portal answers."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping

from deploy.stack import SERVICES
from shared.contracts.errors import MethodNotFound, PortalError
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
            if not (
                gateway_answers(environment["GATEWAY_URL"])
                if name == "gateway"
                else service_answers(client, name)
            )
        ]
        time.sleep(POLL_S)
    client.close()


def service_answers(client: RpcClient, service: str) -> bool:
    """Whether a service is there: then it says that it has no such method."""
    try:
        client.call(service, "is_there", timeout=CALL_S)
    except MethodNotFound:
        return True
    except PortalError:
        return False
    return True


def gateway_answers(url: str) -> bool:
    """Whether the gateway at `url` says that it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=CALL_S) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
