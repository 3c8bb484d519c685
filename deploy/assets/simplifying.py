"""Fewer points for borders, the same on both sides of each.

Douglas and Peucker's way, between the points where borders meet.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

Point = tuple[float, float]


def simplified(rings: Iterable[list[Point]], tolerance: float) -> Iterator[list[Point]]:
    """The rings with as few points as lie within `tolerance` of what was left out; small rings vanish."""
    closed = [_without_repeats(ring) for ring in rings]
    meetings = _meetings(closed)
    for ring in closed:
        if len(ring) > 3:
            yield _simplified(ring, meetings, tolerance)


def _simplified(ring: list[Point], meetings: set[Point], tolerance: float) -> list[Point]:
    """A ring begins where borders meet, or else at its least point, so that both sides begin alike."""
    open_ring = ring[:-1]
    fixed = [at for at, point in enumerate(open_ring) if point in meetings]
    if not fixed:
        least = open_ring.index(min(open_ring))
        farthest = max(range(len(open_ring)), key=lambda at: _square(open_ring[at], open_ring[least]))
        fixed = sorted({least, farthest})
    turned = [*open_ring[fixed[0] :], *open_ring[: fixed[0]], open_ring[fixed[0]]]
    stops = [at - fixed[0] for at in fixed] + [len(turned) - 1]
    result = [turned[0]]
    for start, end in pairwise(stops):
        result += _reduced(turned[start : end + 1], tolerance)[1:]
    return result


def _meetings(rings: Iterable[list[Point]]) -> set[Point]:
    """The points with more than two neighbours in all rings together."""
    neighbours: defaultdict[Point, set[Point]] = defaultdict(set)
    for ring in rings:
        for a, b in pairwise(ring):
            neighbours[a].add(b)
            neighbours[b].add(a)
    return {point for point, around in neighbours.items() if len(around) > 2}


def _reduced(line: list[Point], tolerance: float) -> list[Point]:
    """A line between two fixed points, the same from either end."""
    backwards = line[0] > line[-1]
    points = line[::-1] if backwards else line
    kept = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        start, end = spans.pop()
        distance, at = max(
            ((_off(points[at], points[start], points[end]), at) for at in range(start + 1, end)),
            default=(0.0, 0),
        )
        if distance > tolerance**2:
            kept.add(at)
            spans += [(start, at), (at, end)]
    result = [points[at] for at in sorted(kept)]
    return result[::-1] if backwards else result


def _off(point: Point, a: Point, b: Point) -> float:
    """The square of a point's distance from a stretch."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return _square(point, (a[0] + share * dx, a[1] + share * dy))


def _square(a: Point, b: Point) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _without_repeats(ring: list[Point]) -> list[Point]:
    return [point for at, point in enumerate(ring) if at == 0 or point != ring[at - 1]]
