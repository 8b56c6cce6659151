"""How long a drive takes, and who says so (row G6): one way for every plan and list.

A road that is closed goes before everything: there is no way. Then a driving time of the register
wins; then a routing server, where one is asked (routing.py); else an estimate from the straight line.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import places
from emergency.store.board import moment
from emergency.store.errors import EmergencyError, InvalidValue, NoSuchRecord
from emergency.store.lookup import find
from emergency.store.places import Point
from emergency.store.records import RECORDS
from emergency.store.text import quoted
from emergency.store.units import format_quantity
from emergency.store.words import _, listed

if TYPE_CHECKING:
    from emergency.store.store import Store

#: Road metres for straight-line metres, between these as the crow flies; beyond the last, FACTOR times.
#: FACTOR is near the mean of 25 Chinese cities (1.324); that short ways wind more is known, how much
#: more is this program's assumption, as the speed is, until a region fits its own.
FACTOR = 1.3
WINDING = ((0.0, 0.0), (2_000.0, 3_000.0), (5_000.0, 7_000.0), (10_000.0, 13_000.0))
#: km/h once a vehicle is under way, and the road metres in which it gets there: within them the time
#: grows with the square root of the way, as fire engines were found to drive, and then with the way.
SPEED = 40.0
UNDER_WAY = 1_000.0
#: A place this near to an end of a driving time in the register is that end, in metres.
SAME_PLACE = 100.0
#: So many drives are reckoned at once; more are looked for band by band.
_WHOLE = 4_000_000
#: Kinds of record that an end of a driving time may name.
NAMED = ("team", "site", "keyarea", "depot", "incident", "region")

#: Minutes from each of the first to each of the second; None where a server finds no way.
Table = Callable[[Sequence[Point], Sequence[Point]], tuple[list[list[float | None]], str]]


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

    def leg(self, origin: int, destination: int) -> Leg:
        """One of them, by its row and column."""
        said = self.apart.get((origin, destination), self.source)
        return Leg(float(self.minutes[origin][destination]), said)

    def sources(self) -> list[str]:
        """All whose figures are among them; who says that a road is closed gives none."""
        apart = {said for (i, j), said in self.apart.items() if math.isfinite(self.minutes[i][j])}
        return sorted({self.source, *apart})


def road_metres(straight: float) -> float:
    """Metres by road for so many in a straight line."""
    for (near, less), (far, more) in itertools.pairwise(WINDING):
        if straight <= far:
            return less + (straight - near) * (more - less) / (far - near)
    return straight * FACTOR


def estimate(straight: float) -> float:
    """Minutes for a drive between two places so many metres apart in a straight line."""
    road = road_metres(straight)
    share = road / UNDER_WAY
    return (2 * math.sqrt(share) if share < 1 else share + 1) * UNDER_WAY / 1000 / SPEED * 60


def estimated() -> str:
    """Whose figure an estimate is, in words."""
    return _("estimate: straight line x {factor} at {speed} km/h").format(factor=FACTOR, speed=round(SPEED))


class Travel:
    """Drives by what one store knows, and by a routing server where one is given.

    `closed` are roads taken as closed on top, as the two ends of each; raises NoSuchRecord for one that is no place.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        table: Table | None = None,
        closed: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._table = table
        #: Why the routing server was not used, "" where it was or none was asked.
        self.trouble = ""
        #: Ends of driving times in the register that name no place with a position.
        self.unknown: list[str] = []
        self._ends: list[Point] = []
        self._near: dict[tuple[int, int], list[int]] = {}
        self._legs: dict[int, dict[int, Leg]] = {}
        #: The same of roads that are closed: whatever else is said of the two places, there is no way.
        self._shut: dict[int, dict[int, Leg]] = {}
        if store is not None:
            self._read(store)
            for start, end in closed:
                self._close(_asked_place(store, start), _asked_place(store, end), _("assumed for this plan"))

    def minutes(self, origin: Point, destination: Point) -> Leg:
        """One drive."""
        return (
            self.drives([origin], [destination]).leg(0, 0) if self._table else self._one(origin, destination)
        )

    def shut(self, origin: Point, destination: Point) -> Leg | None:
        """The road between two places if it is closed, with who says so."""
        if self._shut:
            for start in self._same(origin):
                for end in self._same(destination):
                    if end in self._shut.get(start, ()):
                        return self._shut[start][end]
        return None

    def cut_off(self, destination: Point) -> bool:
        """Whether any road to a place is closed."""
        ends = self._same(destination) if self._shut else []
        return any(end in legs for legs in self._shut.values() for end in ends)

    def _one(self, origin: Point, destination: Point) -> Leg:
        if (shut := self.shut(origin, destination)) is not None:
            return shut
        if self._legs:
            for start in self._same(origin):
                for end in self._same(destination):
                    if end in self._legs.get(start, ()):
                        return self._legs[start][end]
        return Leg(estimate(places.distance_m(origin, destination)), estimated())

    def drives(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Drives:
        """All drives from some places to others: at once, and by arrays where numpy is there."""
        found = self._asked(origins, destinations) if self._table else None
        minutes, source, apart = found or (_estimates(origins, destinations), estimated(), {})
        if self._legs or self._shut:
            ends = self._columns(destinations)
            for row, point in enumerate(origins):
                for column, leg in self._known(point, ends).items():
                    minutes[row][column], apart[row, column] = leg
        return Drives(minutes, source, apart)

    def within(
        self, origins: Sequence[Point], destinations: Sequence[Point], minutes: float
    ) -> list[dict[int, Leg]]:
        """For each origin the destinations (by their number) that are no more than so many minutes away."""
        if self._table or len(origins) * len(destinations) <= _WHOLE:
            drives = self.drives(origins, destinations)
            near = ((i, j) for i, row in enumerate(drives.minutes) for j, m in enumerate(row) if m <= minutes)
            found: list[dict[int, Leg]] = [{} for _ in origins]
            for i, j in near:
                found[i][j] = drives.leg(i, j)
            return found
        # Sorted from south to north, only a band of them has to be looked at for each origin.
        order = sorted(range(len(destinations)), key=lambda j: destinations[j])
        northward = [destinations[j] for j in order]
        # Along a meridian no place within reach is farther off than a drive in a straight line.
        reach = round(math.degrees(minutes / 60 * SPEED * 1000 / places.EARTH_RADIUS_M) * places.E6)
        ends = self._columns(destinations) if self._legs or self._shut else {}
        band, source = _bands(northward, minutes), estimated()
        out = []
        for point in origins:
            low = bisect.bisect_left(northward, (point.lat - reach,))
            high = bisect.bisect_right(northward, (point.lat + reach + 1,))
            legs = {order[low + j]: Leg(m, source) for j, m in band(point, low, high)}
            for column, leg in self._known(point, ends).items():
                if leg.minutes <= minutes:
                    legs[column] = leg
                else:
                    legs.pop(column, None)
            out.append(legs)
        return out

    def _columns(self, destinations: Sequence[Point]) -> dict[int, list[int]]:
        """For each end of a driving time in the register the destinations that are that place."""
        ends: dict[int, list[int]] = {}
        for column, point in enumerate(destinations):
            for end in self._same(point):
                ends.setdefault(end, []).append(column)
        return ends

    def _known(self, origin: Point, ends: dict[int, list[int]]) -> dict[int, Leg]:
        """The drives of the register from a place, by the number of the destination.

        A closed road counts before any other, else the nearest end.
        """
        found: dict[int, Leg] = {}
        starts = self._same(origin)
        for legs in (self._shut, self._legs):
            for start in starts:
                for end, leg in legs.get(start, {}).items():
                    for column in ends.get(end, ()):
                        found.setdefault(column, leg)
        return found

    def _asked(
        self, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> tuple[Any, str, dict[tuple[int, int], str]] | None:
        """What the routing server says; None, and why in `trouble`, where it says nothing."""
        from emergency.store.link import Offline

        assert self._table is not None
        try:
            rows, source = self._table(origins, destinations)
        except Offline as error:
            self.trouble = str(error)
            return None
        return [[math.inf if m is None else m for m in row] for row in rows], source, {}

    # -- the register ----------------------------------------------------------------------------

    def _read(self, store: Store) -> None:
        rows = store.rows(
            'SELECT "from", "to", minutes, closed, source, as_of FROM drive WHERE retired IS NULL'
            " AND (until IS NULL OR until > ?) ORDER BY length(id), id",
            (moment(store),),
        )
        known: dict[str, int | None] = {}
        for row in rows:
            for text in (row["from"], row["to"]):
                if text is not None and text not in known:
                    point = place_of(store, text)
                    known[text] = None if point is None else self._end(point)
                    if point is None:
                        self.unknown.append(text)
            start, end = known.get(row["from"]), known.get(row["to"])
            if start is None or end is None:
                continue
            said = " ".join(filter(None, (row["source"] or _("driving times"), row["as_of"])))
            if row["closed"] == "yes":
                self._shut.setdefault(start, {})[end] = Leg(math.inf, said)
            elif row["minutes"] is not None:
                self._legs.setdefault(start, {})[end] = Leg(int(row["minutes"]) / 1000, said)

    def _close(self, origin: Point, destination: Point, source: str) -> None:
        self._shut.setdefault(self._end(origin), {})[self._end(destination)] = Leg(math.inf, source)

    def _end(self, point: Point) -> int:
        """The number of an end of a driving time; the same point has the same."""
        for end in self._near.get(_patch(point), ()):
            if self._ends[end] == point:
                return end
        self._ends.append(point)
        self._near.setdefault(_patch(point), []).append(len(self._ends) - 1)
        return len(self._ends) - 1

    def _same(self, point: Point) -> list[int]:
        """The ends that are this place, the nearest first."""
        row, column = _patch(point)
        found = []
        for patch in ((row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            for end in self._near.get(patch, ()):
                away = places.distance_m(point, self._ends[end])
                if away <= SAME_PLACE:
                    found.append((away, end))
        return [end for _away, end in sorted(found)]


def place_of(store: Store, text: str) -> Point | None:
    """The place that a text names: a point, or a record with a position. None where there is none."""
    try:
        return places.parse_point(text)
    except InvalidValue:
        pass
    for kind in NAMED:
        try:
            id_ = find(store.connection, kind, text)
        except EmergencyError:
            continue
        row = store.connection.execute(f'SELECT at_lat, at_lng FROM "{kind}" WHERE id=?', (id_,)).fetchone()
        if row and row[0] is not None:
            return Point(*row)
    return None


def _asked_place(store: Store, text: str) -> Point:
    """The place that an end of a road names that is taken as closed. Raises NoSuchRecord."""
    point = place_of(store, text)
    if point is None:
        raise NoSuchRecord(
            _("no place {text}").format(text=quoted(text)),
            hint=_("a point (LAT,LNG), or the id or name of what has a position: {kinds}").format(
                kinds=listed(RECORDS[kind].label for kind in NAMED)
            ),
        )
    return point


def said_minutes(minutes: float) -> str:
    """Minutes as a person reads them: whole, and at least 1 for any way at all."""
    if math.isinf(minutes):
        return _("no way")
    return format_quantity(math.ceil(minutes - 1e-9) * 1000, "") if minutes > 0 else "0"


def _patch(point: Point) -> tuple[int, int]:
    """A square of the map no smaller than SAME_PLACE; only the widths of far northern ones are less."""
    return point.lat // 2000, point.lng // 2000


def _bands(points: Sequence[Point], minutes: float) -> Callable[[Point, int, int], list[tuple[int, float]]]:
    """A look at a run of some places: which of them (by their number in it) are within so many minutes."""
    try:
        import numpy as np
    except ImportError:

        def slow(origin: Point, low: int, high: int) -> list[tuple[int, float]]:
            row = [estimate(places.distance_m(origin, p)) for p in points[low:high]]
            return [(j, m) for j, m in enumerate(row) if m <= minutes]

        return slow
    ends = _radians(np, points)

    def quick(origin: Point, low: int, high: int) -> list[tuple[int, float]]:
        row = _row(np, origin, ends[:, low:high])
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
