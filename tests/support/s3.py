"""An S3 server of the tests' own, in a process, on this machine only."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.servers.ports import free_port
from tests.support.waiting import wait_until

BUCKET_URL = "s3://files"


@dataclass(frozen=True)
class S3:
    """`environment` is what a client needs to reach it; the name `localhost` has to be looked up for that."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://localhost:{self.port}",
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def running_s3() -> Iterator[S3]:
    """Run a server with one empty bucket, which it keeps in memory, until the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = S3(process, port)
    try:
        wait_until(server.answers, what="the S3 server answers")
        urllib.request.urlopen(urllib.request.Request(f"http://localhost:{port}/files", method="PUT")).close()
        yield server
    finally:
        process.kill()
        process.wait()
