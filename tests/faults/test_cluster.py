"""A broker of three nodes loses one of them, whichever it is: with quorum queues nothing is lost with it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers import RabbitMQCluster
from tests.faults.oracle import judge
from tests.faults.trial import PATIENCE_S, Trial
from tests.support import broker_users
from tests.support.proxy import Proxy

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
QUORUM = "quorum"


class ClusterTrial(Trial):
    """All reach the cluster through one address, behind which is whichever node is there."""

    settings = {"PORTAL_QUEUE_TYPE": QUORUM}
    queue_arguments = {"x-queue-type": QUORUM}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.cluster = RabbitMQCluster(folder / "cluster")
        self.rabbitmq = self.cluster.nodes[0]
        for node in self.cluster.nodes:
            node.define(broker_users.defined(node))
        self._balancer = Proxy(*self.cluster.ports)

    @property
    def amqp_uri(self) -> str:
        return self.rabbitmq.uri().replace(f":{self.rabbitmq.port}", f":{self._balancer.port}")

    def start_broker(self) -> None:
        self.cluster.start(PATIENCE_S)

    def stop_broker(self) -> None:
        self.cluster.stop()
        self._balancer.close()


@pytest.fixture
def clustered() -> Iterator[ClusterTrial]:
    folder = Path(tempfile.mkdtemp(prefix="portal-cluster-"))
    folder.chmod(0o711)
    try:
        with ClusterTrial(folder).running() as trial:
            yield trial
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_broker_that_loses_any_one_of_its_nodes_loses_nothing(
    clustered: ClusterTrial, few: int, seed: int
) -> None:
    with clustered.load(seed):
        for _ in range(few):
            for node in clustered.cluster.nodes:
                clustered.some_work()
                node.kill()
                clustered.some_work()
                node.start(PATIENCE_S)
        clustered.some_work()
    judge(clustered)
