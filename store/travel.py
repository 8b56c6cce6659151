"""How long a drive takes, and who says so (row G6): one way for every plan and list.

A road that is closed goes before everything: there is no way. Then a driving time of the register
wins; then a routing server, where one is asked (routing.py); else an estimate from the straight line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emergency.store import barriers, paces, places
from emergency.store.board import moment
from emergency.store.errors import EmergencyError, InvalidValue, NoSuchRecord
from emergency.store.estimates import Drives, Estimates, Leg
from emergency.store.lookup import find
from emergency.store.places import Point
from emergency.store.query import BY_REGION
from emergency.store.records import RECORDS
from emergency.store.text import quoted
from emergency.store.units import format_quantity
from emergency.store.words import _, listed

if TYPE_CHECKING:
    from emergency.store.store import Store

#: A place this near to an end of a driving time in the register is that end, in metres.
SAME_PLACE = 100.0
#: So many drives are reckoned at once; more are looked for band by band.
_WHOLE = 4_000_000
#: Kinds of record that an end of a driving time may name.
NAMED = ("team", "site", "keyarea", "depot", "incident", "region")

#: Minutes from each of the first to each of the second; None where a server finds no way.
Table = Callable[[Sequence[Point], Sequence[Point]], tuple[list[list[float | None]], str]]


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
        self._estimates = Estimates()
        self._ends: list[Point] = []
        self._near: dict[tuple[int, int], list[int]] = {}
        self._legs: dict[int, dict[int, Leg]] = {}
        #: The same of roads that are closed: whatever else is said of the two places, there is no way.
        self._shut: dict[int, dict[int, Leg]] = {}
        if store is not None:
            self._read(store)
            walls, unreadable = barriers.standing(store)
            self.unknown += unreadable
            self._estimates = Estimates(paces.known(store), walls)
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
        return self._estimates.leg(origin, destination)

    def drives(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Drives:
        """All drives from some places to others: at once, and by arrays where numpy is there."""
        found = self._asked(origins, destinations) if self._table else None
        drives = Drives(*found) if found else self._estimates.table(origins, destinations)
        if self._legs or self._shut:
            ends = self._columns(destinations)
            for row, point in enumerate(origins):
                for column, leg in self._known(point, ends).items():
                    drives.minutes[row][column], drives.apart[row, column] = leg
        return drives

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
        ends = self._columns(destinations) if self._legs or self._shut else {}
        out = self._estimates.within(origins, destinations, minutes)
        for point, legs in zip(origins, out, strict=True):
            for column, leg in self._known(point, ends).items():
                if leg.minutes <= minutes:
                    legs[column] = leg
                else:
                    legs.pop(column, None)
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
        if self.trouble:
            # It is not waited for again: a plan asks several times.
            return None
        try:
            rows, source = self._table(origins, destinations)
        except Offline as error:
            self.trouble = str(error)
            return None
        return [[math.inf if m is None else m for m in row] for row in rows], source, {}

    # -- the register ----------------------------------------------------------------------------

    def _read(self, store: Store) -> None:
        rows = store.rows(
            'SELECT "from", "to", minutes, closed, closed_by, source, as_of, until IS NULL OR until > ? AS counts FROM drive'
            " WHERE retired IS NULL AND (counts OR closed = 'yes') ORDER BY length(id), id",
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
            if row["closed"] == "yes" and row["counts"]:
                self._shut.setdefault(start, {})[end] = Leg(math.inf, row["closed_by"] or said)
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


def place_of(store: Store, text: str, *, exactly: bool = False) -> Point | None:
    """The place that a text names: a point, or a record with a position. None where there is none.

    A team, a depot or an incident without a position is at its region's place, as in every plan; not if it is
    asked where it is `exactly`.
    """
    try:
        return places.parse_point(text)
    except InvalidValue:
        pass
    about = None
    for kind in NAMED:
        try:
            id_ = find(store.connection, kind, text)
        except EmergencyError:
            continue
        row = store.connection.execute(f'SELECT at_lat, at_lng FROM "{kind}" WHERE id=?', (id_,)).fetchone()
        if row and row[0] is not None:
            return Point(*row)
        if about is None and kind in BY_REGION and not exactly:
            about = store.connection.execute(
                f'SELECT r.at_lat, r.at_lng FROM "{kind}" t JOIN region r ON r.id = t.region'
                " WHERE t.id=? AND r.at_lat IS NOT NULL",
                (id_,),
            ).fetchone()
    return Point(*about) if about else None


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
    return format_quantity(whole_minutes(minutes) * 1000, "")


def said_limit(minutes: float) -> str:
    """A limit as it was set: in minutes, or in seconds where those are not whole."""
    thousandths = round(minutes * 60_000)
    if thousandths % 60_000:
        return _("{n} s").format(n=format_quantity(thousandths, ""))
    return _("{n} min").format(n=thousandths // 60_000)


def whole_minutes(minutes: float) -> int:
    """Finite minutes rounded up: whoever counts on them is not too late by a part of one."""
    return max(0, math.ceil(minutes - 1e-9))


def tenths(minutes: float) -> float | None:
    """Minutes as JSON has them; None where there is no way or none is known.

    Rounded up, as whole minutes are, so that what shows whole minutes of it shows those of the text.
    """
    return math.ceil(minutes * 10 - 1e-8) / 10 if math.isfinite(minutes) else None


def _patch(point: Point) -> tuple[int, int]:
    """A square of the map no smaller than SAME_PLACE; only the widths of far northern ones are less."""
    return point.lat // 2000, point.lng // 2000
