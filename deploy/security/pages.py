"""wapiti, over the pages of a demo of its own: as a stranger, as a customer and as staff."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.security import tools
from deploy.security.demo import Demo, running_demo
from deploy.security.findings import Finding, NotRun

ROOT = Path(__file__).parents[2]
# Those that need nothing but the portal itself: others would ask a server of the scanner's makers. Without a
# directory there is nothing for `ldap`, which takes a page about one more search for a leak.
MODULES = (
    "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,htp,inconsistent_redirection,"
    "information_disclosure,methods,permanentxss,redirect,sql,timesql,upload,xss"
)
# Seconds a visitor for looking around, and for each kind of attack.
MOST_S, MOST_A_MODULE_S = 120, 20
# Leaving would end what is scanned.
LEFT_ALONE = ("/sign-out", "/language")


def look() -> Iterator[Finding]:
    """What it finds. Raises NotRun where the scanner can't be installed."""
    program = tools.installed("wapiti")
    with running_demo() as demo:
        for who, cookie in demo.visitors().items():
            yield from _scan(program, demo, who, cookie)


def _scan(program: Path, demo: Demo, who: str, cookie: str | None) -> Iterator[Finding]:
    with _report() as (folder, report):
        command = [
            str(program),
            *("--url", f"{demo.url}/", "--scope", "domain", "--module", MODULES),
            *("--max-scan-time", str(MOST_S), "--max-attack-time", str(MOST_A_MODULE_S)),
            *("--store-session", str(folder), "--store-config", str(folder)),
            *("--format", "json", "--output", str(report), "--no-bugreport", "--verbose", "0"),
            *(option for path in LEFT_ALONE for option in ("--exclude", f"{demo.url}{path}")),
            *(["--cookie-value", cookie] if cookie else []),
        ]
        ran = subprocess.run(command, capture_output=True, text=True)
        if ran.returncode or not report.exists():
            raise NotRun(f"wapiti ended with {ran.returncode}: {ran.stderr.strip()[-300:]}")
        for kind, found in json.loads(report.read_text())["vulnerabilities"].items():
            for each in found:
                where = f"{who} {each['method']} {each['path']}"
                yield Finding("wapiti", kind, where, each["info"])


@contextmanager
def _report() -> Iterator[tuple[Path, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="portal-scan-"))
    try:
        yield folder, folder / "report.json"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
