"""What cover is left when teams are called away: the areas in reach of them before and after, which of these lose
their last ready team of a type, and who could move up (row G4)."""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Sequence
from typing import NamedTuple

from emergency.store import times
from emergency.store.conditions import stale_after
from emergency.store.places import Point
from emergency.store.store import Store
from emergency.store.travel import Travel

#: An area counts as covered by a team that is there within so many minutes of the order: this program's default.
WITHIN = 30


class Lost(NamedTuple):
    """An area left without a ready team of a type within reach."""

    region: str
    name: str
    type: str
    #: Ready teams of the type within reach before.
    before: int
    #: The ready team of the type that is soonest there now, "" where there is none, and its minutes to the area.
    nearest: str
    nearest_name: str
    minutes: float
    #: Whether that team can move up without leaving its own area bare.
    may_move: bool
    #: Where it stands.
    nearest_at: Point | None = None
    #: Of the minutes those until its wheels turn.
    turnout_minutes: float = 0.0


class Cover(NamedTuple):
    """How many ready teams of a type are within reach of an area, before and after."""

    type: str
    before: int
    after: int


class Area(NamedTuple):
    """An area that some team which is called was within reach of."""

    region: str
    name: str
    at: Point
    #: Of each type that a team of is called from within reach.
    types: tuple[Cover, ...]

    @property
    def before(self) -> int:
        """Teams within reach of the type that has the fewest then."""
        return min(cover.before for cover in self.types)

    @property
    def after(self) -> int:
        """The same afterwards; 0 where a type has none."""
        return min(cover.after for cover in self.types)


class Gone(NamedTuple):
    """A ready team that is called."""

    id: str
    name: str
    type: str
    at: Point


class Left(NamedTuple):
    """All of it."""

    lost: tuple[Lost, ...]
    areas: tuple[Area, ...]
    teams: tuple[Gone, ...]

    @property
    def bare(self) -> int:
        """How many areas have lost the last team of a type."""
        return sum(area.after == 0 for area in self.areas)


class _Team(NamedTuple):
    id: str
    name: str
    region: str
    type: str
    at: Point
    turnout: float


def left(store: Store, called: Collection[str], travel: Travel, within: float = WITHIN) -> Left:
    """What is left when these teams are called: areas lost and areas thinned, the most thinly covered first."""
    called = set(called)
    teams = _ready(store)
    types = {t.type for t in teams if t.id in called}
    centres = store.connection.execute(
        "SELECT id, coalesce(short, name), at_lat, at_lng FROM region WHERE level = 'county' AND at_lat IS NOT NULL"
        " AND retired IS NULL AND id IN (SELECT region FROM team WHERE retired IS NULL) ORDER BY id"
    ).fetchall()
    out: list[Lost] = []
    touched: dict[int, list[Cover]] = {}
    place = {c[0]: n for n, c in enumerate(centres)}
    for type_ in sorted(types):
        mine = [t for t in teams if t.type == type_]
        gone = [t for t in mine if t.id in called]
        # No team is there in time that is further off than this in a straight line, whatever the road.
        near = [c for c in centres if _is_near(c[2], c[3], [t.at for t in gone])]
        if not near or not mine:
            continue
        drives = travel.drives([t.at for t in mine], [Point(lat, lng) for _id, _name, lat, lng in near])
        rows = drives.minutes.tolist() if hasattr(drives.minutes, "tolist") else drives.minutes
        turnouts = [t.turnout for t in mine]
        leaving = [row for row, t in enumerate(mine) if t.id in called]
        for (region, name, _lat, _lng), drive in zip(near, zip(*rows, strict=True), strict=True):
            if all(turnouts[row] + drive[row] > within for row in leaving):
                continue
            reach = [row for row, m in enumerate(map(operator.add, turnouts, drive)) if m <= within]
            after = sum(mine[row].id not in called for row in reach)
            touched.setdefault(place[region], []).append(Cover(type_, len(reach), after))
            if after:
                continue
            rest = sorted(
                (
                    (turnout + m, t)
                    for t, turnout, m in zip(mine, turnouts, drive, strict=True)
                    if t.id not in called and m < math.inf
                ),
                key=lambda pair: (pair[0], pair[1].id),
            )
            out.append(_advice(region, name, type_, len(reach), rest))
    areas = (
        Area(centres[n][0], centres[n][1], Point(*centres[n][2:]), tuple(some)) for n, some in touched.items()
    )
    return Left(
        tuple(sorted(out, key=lambda lost: (lost.before, lost.region, lost.type))),
        tuple(sorted(areas, key=lambda area: (area.after, area.before, area.region))),
        tuple(Gone(t.id, t.name, t.type, t.at) for t in teams if t.id in called),
    )


def _advice(region: str, name: str, type_: str, before: int, left: list[tuple[float, _Team]]) -> Lost:
    at_home: dict[str, int] = {}
    for _minutes, team in left:
        at_home[team.region] = at_home.get(team.region, 0) + 1
    for minutes, team in left:
        if at_home[team.region] > 1:
            return Lost(region, name, type_, before, team.id, team.name, minutes, True, team.at, team.turnout)
    if left:
        minutes, team = left[0]
        return Lost(region, name, type_, before, team.id, team.name, minutes, False, team.at, team.turnout)
    return Lost(region, name, type_, before, "", "", float("inf"), False)


def _ready(store: Store) -> list[_Team]:
    rows = store.connection.execute(
        "SELECT t.id, t.name, t.region, t.type, coalesce(t.at_lat, r.at_lat), coalesce(t.at_lng, r.at_lng),"
        " coalesce(t.turnout, 0)"
        " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL AND t.claimed IS NULL"
        " AND t.readiness = 'ready' AND t.reported_at >= ? ORDER BY length(t.id), t.id",
        (times.now() - stale_after(),),
    )
    return [
        _Team(i, n or i, r or "", t or "", Point(lat, lng), turnout / 1000)
        for i, n, r, t, lat, lng, turnout in rows
        if lat is not None
    ]


def _is_near(lat: int, lng: int, some: Sequence[Point]) -> bool:
    """Whether one of these points is at most so far off, in millionths of a degree."""
    for at_lat, at_lng in some:
        if -700_000 < at_lat - lat < 700_000 and -1_000_000 < at_lng - lng < 1_000_000:
            return True
    return False
