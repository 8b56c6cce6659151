"""Barriers between places: a straight line that crosses a river or a railway goes by one of its crossings.

Of each barrier that lies between two places, one crossing is passed, in the order in which the straight line meets
the barriers, and those that make the way shortest. A line that meets a barrier an even number of times ends on the
side where it began, and passes none. A detour that itself meets another barrier is not looked at.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store.board import moment
from emergency.store.errors import InvalidValue
from emergency.store.places import E6, Point, distance_m, format_point, parse_point
from emergency.store.text import quoted
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.store import Store

#: A crossing lies no farther from its barrier's line than this, in metres: rivers are wide, and maps coarse.
BESIDE = 2_000.0
#: The most points of a line, and the most crossings.
MOST = 2_000
#: So many arcs are held against corners of a line at once.
_BLOCK = 400_000
#: A line is looked at in pieces of so many parts, since most arcs come near few of them.
_PIECE = 16

Vector = tuple[float, float, float]


class Crossing(NamedTuple):
    """Where one gets across."""

    name: str
    at: Point


class Wall(NamedTuple):
    """A barrier: its line and its crossings."""

    name: str
    line: tuple[Point, ...]
    crossings: tuple[Crossing, ...]


def wall(name: str, line: str, crossings: str) -> Wall:
    """A barrier as it is typed. Raises InvalidValue."""
    points = tuple(parse_point(text) for text in _parts(line))
    if not 2 <= len(points) <= MOST or len(set(points)) < 2:
        raise InvalidValue(
            _("the line of a barrier has from 2 to {most} points: LAT,LNG;LAT,LNG").format(most=MOST)
        )
    found = tuple(_crossing(text) for text in _parts(crossings))
    if len(found) > MOST:
        raise InvalidValue(_("more than {most} crossings").format(most=MOST))
    for one in found:
        if _beside(one.at, points) > BESIDE:
            raise InvalidValue(
                _("{crossing} lies more than {metres} m from the line").format(
                    crossing=quoted(one.name or format_point(one.at)), metres=round(BESIDE)
                )
            )
    return Wall(name, points, found)


def standing(store: Store) -> tuple[Barriers, list[str]]:
    """The barriers of a store that count now, and the ids of those that cannot be read."""
    walls, unreadable = [], []
    for row in store.rows(
        "SELECT id, name, line, crossings FROM barrier WHERE retired IS NULL AND (until IS NULL OR until > ?)"
        " ORDER BY length(id), id",
        (moment(store),),
    ):
        try:
            walls.append(wall(row["name"] or row["id"], row["line"] or "", row["crossings"] or ""))
        except InvalidValue:
            unreadable.append(str(row["id"]))
    return Barriers(walls), unreadable


class Barriers:
    """All barriers together."""

    def __init__(self, walls: Sequence[Wall]) -> None:
        self.walls = [_Line(one) for one in walls]
        self._to: list[dict[Point, list[float]]] = [{} for _ in walls]
        self._vectors: dict[Point, Vector] = {}

    def __bool__(self) -> bool:
        return bool(self.walls)

    def way(self, origin: Point, destination: Point) -> tuple[float, list[str]] | None:
        """Metres by the crossings of what lies between two places, and their names; None where nothing does.

        Infinite where a barrier has no crossing; the name is then its own.
        """
        if not self.walls:
            return None
        a, b = sorted((origin, destination))
        met = [n for n, line in enumerate(self.walls) if line.parts(self._vector(a), self._vector(b), a, b)]
        return self._over(origin, destination, met) if met else None

    def ways(
        self, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> dict[tuple[int, int], tuple[float, list[str]]]:
        """`way` of each from each to each that meets a barrier, by their numbers."""
        if not self.walls or not origins or not destinations:
            return {}
        try:
            import numpy as np
        except ImportError:
            cells = ((i, j) for i in range(len(origins)) for j in range(len(destinations)))
            slow = ((pair, self.way(origins[pair[0]], destinations[pair[1]])) for pair in cells)
            return {pair: way for pair, way in slow if way is not None}
        met: dict[tuple[int, int], list[tuple[float, int]]] = {}
        ends = [_Ends(np, points, [*map(self._vector, points)]) for points in (origins, destinations)]
        for number, line in enumerate(self.walls):
            for i, j, where in line.parted(np, *ends):
                met.setdefault((i, j), []).append((where, number))
        alike: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        for pair, some in met.items():
            alike.setdefault(tuple(number for _where, number in sorted(some)), []).append(pair)
        out: dict[tuple[int, int], tuple[float, list[str]]] = {}
        for order, pairs in alike.items():
            many = max(1, _BLOCK // max(1, max(len(self.walls[n].names) for n in order) ** 2))
            for first in range(0, len(pairs), many):
                some_pairs = pairs[first : first + many]
                between = [(origins[i], destinations[j]) for i, j in some_pairs]
                out |= zip(some_pairs, self._all_over(np, order, between), strict=True)
        return out

    def _all_over(
        self, np: Any, order: tuple[int, ...], pairs: list[tuple[Point, Point]]
    ) -> list[tuple[float, list[str]]]:
        """`_over` of pairs that meet the same barriers in one order."""
        if any(not self.walls[number].names for number in order):
            return [self._over(a, b, list(order)) for a, b in pairs]
        best = np.array([self._from(order[0], min(pair)) for pair in pairs])
        steps = []
        for last, number in itertools.pairwise(order):
            ways = np.array([self._from(last, one.at) for one in self.walls[number].wall.crossings]).T
            far = best[:, :, None] + ways
            steps.append(far.argmin(axis=1))
            best = far.min(axis=1)
        total = best + np.array([self._from(order[-1], max(pair)) for pair in pairs])
        here = total.argmin(axis=1)
        metres = total.min(axis=1).tolist()
        path = [here]
        for step in reversed(steps):
            path.append(step[np.arange(len(here)), path[-1]])
        out = []
        for (a, b), far_, chosen in zip(pairs, metres, np.array(path)[::-1].T.tolist(), strict=True):
            names = [self.walls[number].names[k] for number, k in zip(order, chosen, strict=True)]
            out.append((far_, names if a <= b else names[::-1]))
        return out

    def _over(self, origin: Point, destination: Point, met: list[int]) -> tuple[float, list[str]]:
        """The shortest way by one crossing of each barrier that is met."""
        for number in met:
            if not self.walls[number].wall.crossings:
                return math.inf, [_("no crossing of {barrier}").format(barrier=self.walls[number].wall.name)]
        # From one end always, so that the way back is the same.
        a, b = sorted((origin, destination))
        if len(met) > 1:
            at = {n: self.walls[n].where(self._vector(a), self._vector(b)) for n in met}
            met = sorted(met, key=lambda n: (at[n], n))
        best = [(away, [k]) for k, away in enumerate(self._from(met[0], a))]
        for last, number in itertools.pairwise(met):
            best = [
                min((far + self._from(last, one.at)[path[-1]], [*path, k]) for far, path in best)
                for k, one in enumerate(self.walls[number].wall.crossings)
            ]
        metres, path = min(
            (far + away, path) for (far, path), away in zip(best, self._from(met[-1], b), strict=True)
        )
        names = [self.walls[number].names[k] for number, k in zip(met, path, strict=True)]
        return metres, names if origin <= destination else names[::-1]

    def _from(self, number: int, point: Point) -> list[float]:
        """Metres from a place to each crossing of a barrier."""
        known = self._to[number]
        if point not in known:
            known[point] = [distance_m(point, one.at) for one in self.walls[number].wall.crossings]
        return known[point]

    def _vector(self, point: Point) -> Vector:
        if point not in self._vectors:
            self._vectors[point] = _vector(point)
        return self._vectors[point]


class _Ends:
    """Places as arrays: degrees, and vectors on the unit sphere."""

    def __init__(self, np: Any, points: Sequence[Point], vectors: Sequence[Vector]) -> None:
        self.lat, self.lng = np.array(points, dtype=float).T / E6
        self.vectors = np.array(vectors)


class _Line:
    """The line of a barrier, corner by corner."""

    def __init__(self, wall: Wall) -> None:
        self.wall = wall
        self.names = [
            f"{one.name or format_point(one.at)} ({wall.name})" if wall.name else one.name or format_point(one.at)
            for one in wall.crossings
        ]  # fmt: skip
        self.corners = [_vector(p) for p in wall.line]
        self.normals = [_cross(c, d) for c, d in zip(self.corners, self.corners[1:], strict=False)]
        self.box = _box(wall.line)

    def parts(self, a: Vector, b: Vector, start: Point, end: Point) -> bool:
        """Whether the straight line between two places meets it an odd number of times."""
        south, north, west, east = self.box
        lats, lngs = sorted((start.lat / E6, end.lat / E6)), sorted((start.lng / E6, end.lng / E6))
        bulge = _bulge(lngs[1] - lngs[0])
        if lats[0] - bulge > north or lats[1] + bulge < south or lngs[0] > east or lngs[1] < west:
            return False
        return len(self._met(a, b)) % 2 == 1

    def _met(self, a: Vector, b: Vector) -> list[float]:
        """How far along the line between two places each meeting is, from 0 to 1."""
        normal = _cross(a, b)
        sides = [_dot(normal, c) >= 0 for c in self.corners]
        out = []
        for n, one in enumerate(self.normals):
            if sides[n] != sides[n + 1]:
                first, second = _dot(a, one), _dot(b, one)
                if (first >= 0) != (second >= 0):
                    out.append(first / (first - second))
        return out

    def where(self, a: Vector, b: Vector) -> float:
        """How far along the line between two places it is met, on the average."""
        met = self._met(a, b)
        return sum(met) / len(met)

    def parted(self, np: Any, origins: _Ends, destinations: _Ends) -> list[tuple[int, int, float]]:
        """The same as `parts` and `where` for all pairs: those that it parts, by their numbers."""
        lat, lng = origins.lat[:, None], origins.lng[:, None]
        rows, columns = np.nonzero(_boxed(np, self.box, lat, lng, destinations.lat, destinations.lng))
        lat, lng, north, east = (
            origins.lat[rows], origins.lng[rows], destinations.lat[columns], destinations.lng[columns]
        )  # fmt: skip
        times, along = np.zeros(len(rows), dtype=int), np.zeros(len(rows))
        for first in range(0, len(self.normals), _PIECE):
            corners = slice(first, min(first + _PIECE, len(self.normals)) + 1)
            near = np.flatnonzero(_boxed(np, _box(self.wall.line[corners]), lat, lng, north, east))
            for begin in range(0, len(near), _BLOCK // _PIECE):
                some = near[begin : begin + _BLOCK // _PIECE]
                # From one end always, as in `way`: what lies on the line itself is taken the same way both times.
                turned = ((lat > north) | ((lat == north) & (lng > east)))[some][:, None]
                one, other = origins.vectors[rows[some]], destinations.vectors[columns[some]]
                a, b = np.where(turned, other, one), np.where(turned, one, other)
                more, where = self._all_met(np, a.T[:, :, None], b.T[:, :, None], corners)
                times[some] += more
                along[some] += where
        odd = np.flatnonzero(times % 2)
        where = along[odd] / times[odd]
        return list(zip(rows[odd].tolist(), columns[odd].tolist(), where.tolist(), strict=True))

    def _all_met(self, np: Any, a: Any, b: Any, piece: slice) -> tuple[Any, Any]:
        """Of lines between places how often each meets a piece, and how far along, summed."""
        corners = np.array(self.corners[piece]).T[:, None]
        normals = np.array(self.normals[piece.start : piece.stop - 1]).T[:, None]
        sides = _dot(_cross(a, b), corners) >= 0
        near, far = _dot(a, normals), _dot(b, normals)
        met = (sides[:, 1:] != sides[:, :-1]) & ((near >= 0) != (far >= 0))
        along = np.where(met, near, 0) / np.where(met, near - far, 1)
        return met.sum(axis=1), along.sum(axis=1)


def _box(line: Sequence[Point]) -> tuple[float, float, float, float]:
    """South, north, west and east of some points, in degrees."""
    lats, lngs = [p.lat / E6 for p in line], [p.lng / E6 for p in line]
    return min(lats), max(lats), min(lngs), max(lngs)


def _boxed(np: Any, box: tuple[float, float, float, float], lat: Any, lng: Any, lats: Any, lngs: Any) -> Any:
    """Whether the straight lines between places can meet what lies in a box."""
    south, north, west, east = box
    bulge = _bulge(np.abs(lng - lngs))
    near = (np.minimum(lat, lats) - bulge <= north) & (np.minimum(lng, lngs) <= east)
    near &= (np.maximum(lat, lats) + bulge >= south) & (np.maximum(lng, lngs) >= west)
    return near


def _bulge(degrees: Any) -> Any:
    """How far north or south of both its ends a great circle may run at most, in degrees, for so many of longitude."""
    return degrees * degrees * (math.pi / 180 / 8)


def _vector(point: Point) -> Vector:
    lat, lng = math.radians(point.lat / E6), math.radians(point.lng / E6)
    return math.cos(lat) * math.cos(lng), math.cos(lat) * math.sin(lng), math.sin(lat)


def _cross(a: Any, b: Any) -> Any:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _dot(a: Any, b: Any) -> Any:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _parts(text: str) -> list[str]:
    """What is parted by semicolons or lines."""
    return [part.strip() for part in text.replace("；", ";").replace("\n", ";").split(";") if part.strip()]


def _crossing(text: str) -> Crossing:
    """A crossing as it is typed: a point, with a name before it or not. Raises InvalidValue."""
    words = text.split()
    for n in range(len(words)):
        try:
            return Crossing(" ".join(words[:n]), parse_point(" ".join(words[n:])))
        except InvalidValue:
            continue
    raise InvalidValue(_("not a crossing: {text}; write NAME LAT,LNG").format(text=quoted(text)))


def _beside(point: Point, line: Sequence[Point]) -> float:
    """Metres from a place to the nearest point of a line, on a map that is flat round the place."""
    wide = math.cos(math.radians(point.lat / E6))

    def flat(other: Point) -> tuple[float, float]:
        return (other.lng - point.lng) * wide, float(other.lat - point.lat)

    least = math.inf
    for (ax, ay), (bx, by) in zip(map(flat, line), map(flat, line[1:]), strict=False):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = 0.0 if not length else max(0.0, min(1.0, -(ax * (bx - ax) + ay * (by - ay)) / length))
        least = min(least, math.hypot(ax + along * (bx - ax), ay + along * (by - ay)))
    return least / E6 * math.radians(1) * 6_371_008.8
