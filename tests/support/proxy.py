"""A TCP proxy that can be as bad as a network: slow, narrow, silent in one direction or both, or cut."""

import contextlib
import socket
import struct
import threading
import time
from collections import deque

CHUNK = 65_536
# Closing sends a reset instead of a farewell.
_ABRUPTLY = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards each connection to one of `ports`, another one each time; `delay` is in seconds a chunk,
    `bandwidth` in bytes a second.
    """

    def __init__(self, *ports: int) -> None:
        self.delay = 0.0
        self.bandwidth: float | None = None
        self._targets = deque(ports)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._servers: list[socket.socket] = []
        self._silent: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self, *, clients: bool = True, servers: bool = True) -> None:
        """What these ends of the connections open now send from now on gets lost, as on a cut line."""
        self._silent.update([*(self._clients if clients else ()), *(self._servers if servers else ())])

    def reset(self) -> None:
        """End the connections open now without a farewell."""
        for each in (*self._clients, *self._servers):
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPTLY)
                each.shutdown(socket.SHUT_RD)
                each.close()

    def close(self) -> None:
        for each in (self._listener, *self._clients, *self._servers):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = self._connect()
                if server is None:
                    client.close()
                    continue
                self._clients.append(client)
                self._servers.append(server)
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=ends, daemon=True).start()

    def _connect(self) -> socket.socket | None:
        """To the next server that is there."""
        for _ in range(len(self._targets)):
            self._targets.rotate(-1)
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", self._targets[0]))
        return None

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self._take_time(len(data))
                if source not in self._silent:
                    sink.sendall(data)
            if source not in self._silent:
                sink.shutdown(socket.SHUT_WR)

    def _take_time(self, size: int) -> None:
        seconds = self.delay + (size / self.bandwidth if self.bandwidth else 0)
        if seconds:
            time.sleep(seconds)
