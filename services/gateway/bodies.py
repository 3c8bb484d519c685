"""A request whose body is longer than may be is refused, also where it does not say its length beforehand."""

from typing import IO, cast

import flask
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream


class _Bounded(LimitedStream):
    """Werkzeug's own, read at once, would end at the bound and take what it has for the whole."""

    def readall(self) -> bytes:
        whole = super().readall()
        if self.is_exhausted and self._stream.read(1):
            self.on_exhausted()
        return whole


class Request(flask.Request):
    """Raises RequestEntityTooLarge when its body is read."""

    @cached_property
    def stream(self) -> IO[bytes]:
        limited = super().stream
        if isinstance(limited, LimitedStream) and "wsgi.input_terminated" in self.environ:
            bounded = _Bounded(self.environ["wsgi.input"], limited.limit, is_max=True)
            return cast(IO[bytes], bounded)
        return limited
