"""The passwords of the portal's processes: each one's URL in a file of its own, made once and kept."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from deploy.servers.settings import random_secret, write_secret


def keep(folder: Path, processes: Iterable[str], *, server: str, user: str) -> Mapping[str, str]:
    """Process → its URL, as the file `folder/<process>` has it; only the owner of the files can read them.

    `server` is the URL of any user of the server, whose place is taken; `user` the name of a process's user,
    with `{}` for the process. A password that is there stays, whatever else of the URL has changed.
    """
    return {process: _kept(folder / process, server, user.format(process)) for process in processes}


def password(url: str) -> str:
    """The password of a URL that was kept."""
    return urlsplit(url).password or ""


def of_user(server: str, user: str, secret: str) -> str:
    """The URL of a server, for another user; `secret` needs no quoting."""
    url = urlsplit(server)
    host = url.netloc.rpartition("@")[2]
    return url._replace(netloc=f"{quote(user)}:{secret}@{host}").geturl()


def _kept(path: Path, server: str, user: str) -> str:
    known = path.read_text() if path.exists() else ""
    url = of_user(server, user, password(known) or random_secret())
    if url != known:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_secret(path, url)
    return url
