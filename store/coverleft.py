"""What cover is left when teams are called away: which areas lose their last ready team of a type, and who
could move up (row G4)."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from emergency.store import times
from emergency.store.conditions import stale_after
from emergency.store.places import Point
from emergency.store.store import Store
from emergency.store.travel import Travel

#: An area counts as covered by a team that is there within so many minutes: this program's default.
WITHIN = 30


class Lost(NamedTuple):
    """An area left without a ready team of a type within reach."""

    region: str
    name: str
    type: str
    #: Ready teams of the type within reach before.
    before: int
    #: The ready team of the type that is nearest now, "" where there is none, and its minutes to the area.
    nearest: str
    nearest_name: str
    minutes: float
    #: Whether that team can move up without leaving its own area bare.
    may_move: bool


class _Team(NamedTuple):
    id: str
    name: str
    region: str
    type: str
    at: Point


def lost(store: Store, called: Collection[str], travel: Travel, within: float = WITHIN) -> list[Lost]:
    """The areas that lose their cover of a type when these teams are called, the most thinly covered first."""
    called = set(called)
    teams = _ready(store)
    types = {t.type for t in teams if t.id in called}
    centres = store.connection.execute(
        "SELECT id, coalesce(short, name), at_lat, at_lng FROM region WHERE level = 'county' AND at_lat IS NOT NULL"
        " AND retired IS NULL AND id IN (SELECT region FROM team WHERE retired IS NULL) ORDER BY id"
    ).fetchall()
    out: list[Lost] = []
    for type_ in sorted(types):
        mine = [t for t in teams if t.type == type_]
        gone = [t for t in mine if t.id in called]
        # No team is there in time that is further off than this in a straight line, whatever the road.
        near = [c for c in centres if _is_near(c[2], c[3], [t.at for t in gone])]
        if not near or not mine:
            continue
        ends = [Point(lat, lng) for _id, _name, lat, lng in near]
        leaving = _minutes(travel, [t.at for t in gone], ends)
        # Whose cover those who leave are no part of keeps it.
        near = [c for c, row in zip(near, zip(*leaving, strict=True), strict=True) if min(row) <= within]
        if not near:
            continue
        columns = zip(*_minutes(travel, [t.at for t in mine], [Point(c[2], c[3]) for c in near]), strict=True)
        for (region, name, _lat, _lng), minutes in zip(near, columns, strict=True):
            before = [t for m, t in zip(minutes, mine, strict=True) if m <= within]
            if any(t.id not in called for t in before):
                continue
            left = sorted(
                ((m, t) for m, t in zip(minutes, mine, strict=True) if t.id not in called and m < math.inf),
                key=lambda pair: (pair[0], pair[1].id),
            )
            out.append(_advice(region, name, type_, len(before), left))
    return sorted(out, key=lambda lost: (lost.before, lost.region, lost.type))


def _minutes(travel: Travel, origins: Sequence[Point], ends: Sequence[Point]) -> list[list[float]]:
    """How long the drives take, row by row."""
    minutes = travel.drives(origins, ends).minutes
    listed: list[list[float]] = minutes.tolist() if hasattr(minutes, "tolist") else minutes
    return listed


def _advice(region: str, name: str, type_: str, before: int, left: list[tuple[float, _Team]]) -> Lost:
    at_home: dict[str, int] = {}
    for _minutes, team in left:
        at_home[team.region] = at_home.get(team.region, 0) + 1
    for minutes, team in left:
        if at_home[team.region] > 1:
            return Lost(region, name, type_, before, team.id, team.name, minutes, True)
    if left:
        minutes, team = left[0]
        return Lost(region, name, type_, before, team.id, team.name, minutes, False)
    return Lost(region, name, type_, before, "", "", float("inf"), False)


def _ready(store: Store) -> list[_Team]:
    rows = store.connection.execute(
        "SELECT t.id, t.name, t.region, t.type, coalesce(t.at_lat, r.at_lat), coalesce(t.at_lng, r.at_lng)"
        " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL AND t.claimed IS NULL"
        " AND t.readiness = 'ready' AND t.reported_at >= ? ORDER BY length(t.id), t.id",
        (times.now() - stale_after(),),
    )
    return [
        _Team(i, n or i, r or "", t or "", Point(lat, lng))
        for i, n, r, t, lat, lng in rows
        if lat is not None
    ]


def _is_near(lat: int, lng: int, some: Sequence[Point]) -> bool:
    """Whether one of these points is at most so far off, in millionths of a degree."""
    for at_lat, at_lng in some:
        if -700_000 < at_lat - lat < 700_000 and -1_000_000 < at_lng - lng < 1_000_000:
            return True
    return False
