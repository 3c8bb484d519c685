"""Whether each service of a portal answers."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from functools import partial

from deploy.stack import SERVICES
from shared.contracts.errors import MethodNotFound, PortalError
from shared.messaging.client import RpcClient

TIMEOUT_S = 60.0
POLL_S = 0.1
CALL_S = 2.0


def wait_until_all_answer(environment: Mapping[str, str]) -> None:
    """Wait until every service and the gateway answer; raises TimeoutError with those that don't."""
    with closing(RpcClient(environment["AMQP_URI"], name="readiness", timeout=CALL_S)) as client:
        answers = {name: partial(service_answers, client, name) for name in SERVICES}
        answers["gateway"] = partial(gateway_answers, environment["GATEWAY_URL"])
        deadline = time.monotonic() + TIMEOUT_S
        while waiting := [name for name, answered in answers.items() if not answered()]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer from {', '.join(waiting)}; see .run/logs")
            answers = {name: answers[name] for name in waiting}
            time.sleep(POLL_S)


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
