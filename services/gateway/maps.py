"""What lies under the sites on a map: tiles of a server, or outlines that the gateway has itself."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from flask import Flask

from services.gateway.static_files import asset
from shared.config import ConfigurationError

OUTLINES = ("states", "districts", "countries", "far-countries")
_PLACES = ("{z}", "{x}", "{y}")


@dataclass(frozen=True)
class Tiles:
    """`template` is an address with `{z}`, `{x}` and `{y}`; `attribution` is shown on the map."""

    template: str
    attribution: str

    @classmethod
    def parse(cls, template: str, attribution: str) -> Self:
        """Raises ConfigurationError."""
        parts = urlsplit(template)
        has_places = all(place in template for place in _PLACES)
        is_host = parts.netloc and not set(parts.netloc) & set("{};, ")
        if parts.scheme not in ("http", "https") or not is_host or not has_places:
            raise ConfigurationError(
                "PORTAL_TILES must be an address such as https://tiles.example/{z}/{x}/{y}.png, "
                f"not {template!r}"
            )
        return cls(template, attribution)

    @property
    def origin(self) -> str:
        """What browsers must be allowed to fetch images from."""
        parts = urlsplit(self.template)
        return f"{parts.scheme}://{parts.netloc}"


def register(app: Flask, tiles: Tiles | None) -> None:
    """Let templates know of the tiles, and of the outlines for where there are none."""
    app.add_template_global(outlines)
    app.jinja_env.globals["tiles"] = tiles


def outlines() -> dict[str, str]:
    """Name → address."""
    return {name: asset(f"vendor/{name}.json") for name in OUTLINES}
