"""A demo of its own to scan, with sample data, and who looks at it."""

import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

from deploy.readiness import gateway_answers
from deploy.security.findings import NotRun
from deploy.servers.ports import free_port

ROOT = Path(__file__).parents[2]
START_S = 180
STOP_S = 60
STAFF, CUSTOMER, PASSWORD = (
    "disposition@example.com",
    "joerg.mueller@example.com",
    "Kessel-Wartung-im-Oktober",
)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Demo:
    """A running one, by its address."""

    url: str

    def visitors(self) -> dict[str, str | None]:
        """Who comes, and the cookie of their session, begun before a scan has used up the attempts."""
        return {
            "stranger": None,
            "customer": self._signed_in(CUSTOMER),
            "staff": self._signed_in(STAFF),
        }

    def _signed_in(self, email: str) -> str:
        """Raises NotRun."""
        jar = CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        page = browser.open(f"{self.url}/sign-in").read().decode()
        token = _TOKEN.search(page)
        form = {"csrf_token": token[1] if token else "", "email": email, "password": PASSWORD}
        browser.open(f"{self.url}/sign-in", urllib.parse.urlencode(form).encode())
        cookies = [f"{cookie.name}={cookie.value}" for cookie in jar]
        if not cookies:
            raise NotRun(f"{email} can't sign in at the demo")
        return "; ".join(cookies)


@contextmanager
def running_demo() -> Iterator[Demo]:
    """Raises NotRun when it does not come up."""
    with tempfile.TemporaryDirectory(prefix="portal-scan-demo-") as folder:
        Path(folder).chmod(0o711)
        demo = Demo(f"http://127.0.0.1:{(port := free_port())}")
        command = [sys.executable, "-m", "deploy.demo", "--folder", folder, "--port", str(port)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            try:
                _wait(demo, Path(folder) / "sign-ins.json")
                yield demo
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_S)


def _wait(demo: Demo, sign_ins: Path) -> None:
    deadline = time.monotonic() + START_S
    while not (sign_ins.exists() and gateway_answers(demo.url)):
        if time.monotonic() > deadline:
            raise NotRun(f"the demo was not ready within {START_S} s")
        time.sleep(0.2)
