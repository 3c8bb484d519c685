"""The sample services, their callers and a broker in one process, which prints what it saw."""

import eventlet

eventlet.monkey_patch()

from shared.database.engine import yield_while_waiting  # noqa: E402

yield_while_waiting()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from typing import Any  # noqa: E402

from kombu.entity import Queue  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.standalone.rpc import ClusterRpcProxy  # noqa: E402

from shared.config import Config  # noqa: E402
from shared.contracts.errors import PortalError  # noqa: E402
from shared.messaging import broker, embedded  # noqa: E402
from shared.messaging.client import RpcClient  # noqa: E402
from shared.messaging.failures import ERROR  # noqa: E402
from shared.messaging.kombu_publisher import KombuPublisher  # noqa: E402
from shared.messaging.process import container_config, engine_of  # noqa: E402
from shared.observability import configure_logging  # noqa: E402
from tests.integration.messaging.given import registered  # noqa: E402
from tests.support.sample_services import PlainService, SampleService  # noqa: E402
from tests.support.waiting import wait_until  # noqa: E402

URI = "embedded://"
DEAD = "sample.company_registered.dead"


class EmbeddedPlainService(PlainService):
    name = "plain"


def main(token: str, folder: str) -> dict[str, Any]:
    configure_logging("json")
    embedded.install()
    config = Config.from_environment()
    containers = [
        ServiceContainer(service, container_config(config))
        for service in (SampleService, EmbeddedPlainService)
    ]
    for container in containers:
        container.start()
    client = RpcClient(URI, name="embedded", timeout=10)
    seen = rpc(client, token) | plain(token) | events(config, folder)
    seen["stopped"] = stop(containers)
    client.close()
    return seen


def rpc(client: RpcClient, token: str) -> dict[str, Any]:
    company_id = "0195a1b2-0000-7000-8000-00000000c0de"
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: client.call("sample", "echo", text="x", number=n), range(40)))
    command = {"company_id": company_id, "name": "Bäckerei", "command_id": "c"}
    return {
        "numbers": [answer["number"] for answer in answers],
        "registered": [client.call("sample", "register", auth_token=token, **command) for _ in range(2)],
        "refused": refusal(lambda: client.call("sample", "refuse")),
        "unsigned": refusal(lambda: client.call("sample", "company", company_id=company_id)),
        "unknown": refusal(lambda: client.call("sample", "nothing")),
    }


def plain(token: str) -> dict[str, Any]:
    """nameko's own caller and service, which look for a message's content type among its properties."""
    with ClusterRpcProxy({"AMQP_URI": URI}, context_data={"auth_token": token}, timeout=10) as proxy:
        return {
            "ours by nameko's client": proxy.sample.echo_signed(text="x"),
            "nameko's by its client": proxy.plain.echo(text="x"),
        }


def events(config: Config, folder: str) -> dict[str, Any]:
    """An event that both kinds of handlers get, and one that fails until it is parked."""
    publisher = KombuPublisher(lambda: broker.connection(URI, name="relay"))
    engine = engine_of(config)
    good = registered(engine, "Bäckerei", f"{folder}/good")
    bad = registered(engine, "fail", f"{folder}/bad")
    publisher.publish([good, bad, good])
    with broker.connection(URI, name="look") as connection:
        dead = Queue(DEAD, durable=True)(connection.channel())
        parked = wait_until(dead.get, what="the failing event is parked")
    with engine.connect() as database:
        reactions = database.exec_driver_sql("SELECT name FROM reactions").scalars().all()
    publisher.close()
    return {"reactions": list(reactions), "parked": parked.headers[ERROR].split(":")[0]}


def stop(containers: list[ServiceContainer]) -> bool:
    with eventlet.Timeout(10, False):
        for stopping in [eventlet.spawn(container.stop) for container in containers]:
            stopping.wait()
        return True
    return False


def refusal(call: Callable[[], Any]) -> str | None:
    try:
        call()
    except PortalError as error:
        return error.code
    return None


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
    sys.stdout.flush()
    os._exit(0)
