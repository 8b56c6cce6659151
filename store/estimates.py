"""How long a drive takes by the estimate: the straight line, wound as roads wind, at a speed.

The speed is this program's own until a region has one fitted from its recorded trips (paces.py); a straight line
that crosses a barrier goes by its crossings (barriers.py). What is measured or asked comes first: travel.py.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store import places
from emergency.store.barriers import Barriers
from emergency.store.paces import Paces
from emergency.store.places import Point
from emergency.store.words import _, listed

#: Road metres for straight-line metres, between these as the crow flies; beyond the last, FACTOR times.
#: FACTOR is near the mean of 25 Chinese cities (1.324); that short ways wind more is known, how much
#: more is this program's assumption, as the speed is, until a region fits its own.
FACTOR = 1.3
WINDING = ((0.0, 0.0), (2_000.0, 3_000.0), (5_000.0, 7_000.0), (10_000.0, 13_000.0))
#: km/h once a vehicle is under way, and the road metres in which it gets there: within them the time
#: grows with the square root of the way, as fire engines were found to drive, and then with the way.
SPEED = 40.0
UNDER_WAY = 1_000.0


class Leg(NamedTuple):
    """A drive: minutes, infinite where there is no way; and whose figure that is."""

    minutes: float
    source: str

    @property
    def closed(self) -> bool:
        """Whether there is no way; `source` is then who says so."""
        return math.isinf(self.minutes)


class Drives(NamedTuple):
    """Drives from each of some places to each of others."""

    #: Rows are origins, columns destinations: a numpy array, or lists where numpy is not there.
    minutes: Any
    #: Whose figures they are, but for those in `apart`.
    source: str
    apart: dict[tuple[int, int], str]
    #: The same of all that end at a destination, where it is another.
    ends: Mapping[int, str] = {}

    def leg(self, origin: int, destination: int) -> Leg:
        """One of them, by its row and column."""
        said = self.apart.get((origin, destination)) or self.ends.get(destination, self.source)
        return Leg(float(self.minutes[origin][destination]), said)


def road_metres(straight: float) -> float:
    """Metres by road for so many in a straight line."""
    for (near, less), (far, more) in itertools.pairwise(WINDING):
        if straight <= far:
            return less + (straight - near) * (more - less) / (far - near)
    return straight * FACTOR


def estimate(straight: float) -> float:
    """Minutes for a drive between two places so many metres apart in a straight line, where no region fits its own."""
    road = road_metres(straight)
    share = road / UNDER_WAY
    return (2 * math.sqrt(share) if share < 1 else share + 1) * UNDER_WAY / 1000 / SPEED * 60


def estimated() -> str:
    """Whose figure an estimate is, in words."""
    return _("estimate: straight line x {factor} at {speed} km/h").format(factor=FACTOR, speed=round(SPEED))


def is_estimate(source: str) -> bool:
    """Whether whose figure it is names an estimate, fitted or not, and none that was measured or comes from roads."""
    return source.startswith((_("estimate"), _("fitted from")))


class Estimates:
    """The estimate for one store: at the speeds that its regions fit, and by the crossings of its barriers."""

    def __init__(self, paces: Paces | None = None, barriers: Barriers | None = None) -> None:
        self.paces = paces or Paces(())
        self.barriers = barriers or Barriers(())

    def leg(self, origin: Point, destination: Point) -> Leg:
        """One drive."""
        share, source = self._pace(destination)
        if (way := self.barriers.way(origin, destination)) is not None:
            metres, over = way
            return Leg(estimate(metres) * share, _by(source, metres, over))
        return Leg(estimate(places.distance_m(origin, destination)) * share, source)

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Drives:
        """All drives from some places to others: at once, and by arrays where numpy is there."""
        minutes = _estimates(origins, destinations)
        found = [self._pace(point) for point in destinations] if self.paces else []
        if found:
            shares = [share for share, _source in found]
            if hasattr(minutes, "dtype"):
                minutes *= shares
            else:
                minutes = [[m * s for m, s in zip(row, shares, strict=True)] for row in minutes]
        ends = {n: source for n, (_share, source) in enumerate(found)}
        drives = Drives(minutes, estimated(), {}, ends)
        for (row, column), (metres, over) in self.barriers.ways(origins, destinations).items():
            share, source = found[column] if found else (1.0, drives.source)
            minutes[row][column] = estimate(metres) * share
            drives.apart[row, column] = _by(source, metres, over)
        return drives

    def within(
        self, origins: Sequence[Point], destinations: Sequence[Point], minutes: float
    ) -> list[dict[int, Leg]]:
        """For each origin the destinations (by their number) that are no more than so many minutes away, band by band."""
        # Sorted from south to north, only a band of them has to be looked at for each origin.
        order = sorted(range(len(destinations)), key=lambda j: destinations[j])
        northward = [destinations[j] for j in order]
        found = [self._pace(point) for point in northward] if self.paces else []
        shares = [share for share, _source in found]
        # Along a meridian no place within reach is farther off than a drive in a straight line.
        quickest = SPEED / min([1.0, *shares])
        reach = round(math.degrees(minutes / 60 * quickest * 1000 / places.EARTH_RADIUS_M) * places.E6)
        band, source = _bands(northward, minutes, shares), estimated()
        out = []
        for point in origins:
            low = bisect.bisect_left(northward, (point.lat - reach,))
            high = bisect.bisect_right(northward, (point.lat + reach + 1,))
            near = [(low + j, m) for j, m in band(point, low, high)]
            legs = {order[j]: Leg(m, found[j][1] if found else source) for j, m in near}
            crossing = self.barriers.ways([point], [northward[j] for j, _m in near]) if self.barriers else {}
            for (_row, column), (metres, over) in crossing.items():
                number = order[near[column][0]]
                share, said = found[near[column][0]] if found else (1.0, source)
                legs[number] = Leg(estimate(metres) * share, _by(said, metres, over))
                if legs[number].minutes > minutes:
                    del legs[number]
            out.append(legs)
        return out

    def _pace(self, destination: Point) -> tuple[float, str]:
        """How many times the minutes of the estimate a drive to a place takes, and whose figure that is."""
        pace = self.paces.at(destination) if self.paces else None
        if pace is None:
            return 1.0, estimated()
        return SPEED / pace.speed, pace.said(FACTOR)


def _by(source: str, metres: float, over: Sequence[str]) -> str:
    """Whose figure a drive over crossings is; of one with no way, who says so."""
    if math.isinf(metres):
        return over[0]
    return source + _(", by {crossings}").format(crossings=listed(over))


def _bands(
    points: Sequence[Point], minutes: float, shares: Sequence[float]
) -> Callable[[Point, int, int], list[tuple[int, float]]]:
    """A look at a run of some places: which of them (by their number in it) are within so many minutes.

    `shares` are how many times the minutes of the estimate a drive to each takes; none where once.
    """
    try:
        import numpy as np
    except ImportError:

        def slow(origin: Point, low: int, high: int) -> list[tuple[int, float]]:
            row = [estimate(places.distance_m(origin, p)) for p in points[low:high]]
            if shares:
                row = [m * s for m, s in zip(row, shares[low:high], strict=True)]
            return [(j, m) for j, m in enumerate(row) if m <= minutes]

        return slow
    ends = _radians(np, points)
    times = np.array(shares)

    def quick(origin: Point, low: int, high: int) -> list[tuple[int, float]]:
        row = _row(np, origin, ends[:, low:high])
        if len(times):
            row = row * times[low:high]
        near = np.flatnonzero(row <= minutes)
        return list(zip(near.tolist(), row[near].tolist(), strict=True))

    return quick


def _estimates(origins: Sequence[Point], destinations: Sequence[Point]) -> Any:
    """`estimate` for all of them: an array, or lists without numpy."""
    try:
        import numpy as np
    except ImportError:
        return [[estimate(places.distance_m(a, b)) for b in destinations] for a in origins]
    ends = _radians(np, destinations)
    # So many at once as stay in the processor's cache.
    many = max(1, 20_000 // max(1, len(destinations)))
    parts = [_rows(np, origins[first : first + many], ends) for first in range(0, max(1, len(origins)), many)]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _row(np: Any, origin: Point, ends: Any) -> Any:
    """`estimate` from one place to others, which are given as radians of latitude and longitude."""
    return _rows(np, [origin], ends)[0]


def _rows(np: Any, origins: Sequence[Point], ends: Any) -> Any:
    """The same from several places, a row for each."""
    lat, lng = _radians(np, origins)[:, :, None]
    across = np.sin((ends[1] - lng) / 2) ** 2
    h = np.sin((ends[0] - lat) / 2) ** 2 + np.cos(lat) * np.cos(ends[0]) * across
    away = 2 * places.EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    straight, road = zip(*WINDING, strict=True)
    share = np.where(away > straight[-1], away * FACTOR, np.interp(away, straight, road)) / UNDER_WAY
    return np.where(share < 1, 2 * np.sqrt(share), share + 1) * (UNDER_WAY / 1000 / SPEED * 60)


def _radians(np: Any, points: Sequence[Point]) -> Any:
    return np.radians(np.array(points, dtype=float).reshape(len(points), 2).T / places.E6)
