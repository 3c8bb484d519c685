"""What a server remembers in its folder from one start to the next: its ports and its secrets."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from deploy.servers.ports import free_port


def random_secret() -> str:
    """192 bits in hexadecimal digits, which need no quoting in a URI or a configuration file."""
    return secrets.token_hex(24)


@dataclass(frozen=True)
class Settings:
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=random_secret)


SettingsType = TypeVar("SettingsType", bound=Settings)


def recall(path: Path, kind: type[SettingsType], port: int | None = None) -> SettingsType:
    """The settings kept in a file, invented and kept there the first time; `port` replaces the kept one."""
    known = kind(**json.loads(path.read_text())) if path.exists() else None
    settings = known or kind()
    if port is not None:
        settings = replace(settings, port=port)
    if settings != known:
        write_secret(path, json.dumps(asdict(settings), indent=2))
    return settings


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
