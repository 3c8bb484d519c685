"""Free TCP ports of the loopback interface."""

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST_PORT = 15000
EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port that nobody listens on, to be kept for a server over its restarts.

    It lies below the range from which the kernel serves outgoing connections: otherwise one of them could
    take the port while its server is stopped.
    """
    for _ in range(1000):
        port = random.randrange(LOWEST_PORT, _highest_port())
        if is_free(port):
            return port
    raise RuntimeError(f"No free port between {LOWEST_PORT} and {_highest_port()}")


def is_free(port: int) -> bool:
    """Whether a server can listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _highest_port() -> int:
    if not EPHEMERAL_RANGE.exists():
        return 32768
    first_ephemeral = int(EPHEMERAL_RANGE.read_text().split()[0])
    return first_ephemeral if first_ephemeral > LOWEST_PORT + 1000 else 32768
