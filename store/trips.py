"""Recorded trips: from departure to arrival of order lines; and the speeds of regions that fit them (row G6).

A trip is counted where it ends, as speeds are looked up (paces.py). The straight line is measured from the base of
the team, or from the depot, to where it reported: the place that the order names if that has a position, else the incident.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store import paces, times
from emergency.store.estimates import SPEED, estimate
from emergency.store.places import Point, distance_m
from emergency.store.records.pace import FASTEST, SLOWEST
from emergency.store.store import Store
from emergency.store.travel import place_of

#: Fewer trips than this fit no speed. This program's own: the median of eight has half of them on each side.
LEAST = 8
#: A trip shorter than this in a straight line, in metres, or longer than this, in minutes, says little of the roads.
NEAREST, LONGEST = 500.0, 12 * 60.0


class Trip(NamedTuple):
    """One way that somebody went."""

    line: str
    #: The county that it ended in.
    region: str
    #: Metres in a straight line, and minutes from departure to arrival.
    straight: float
    minutes: float
    sample: bool


class Fit(NamedTuple):
    """The speed of a region that fits its trips, by their median: half took longer than it says, half less."""

    region: str
    trips: int
    #: km/h.
    speed: float
    #: Of how many hundredths half of the trips are off at most; and 8 of 10 lie between these.
    half: float
    low: float
    high: float
    #: What `half` is at the speed that is used without it.
    before: float
    sample: bool


def recorded(store: Store) -> tuple[list[Trip], dict[str, int]]:
    """Every trip, one of each team and order; and {why: how many} of those left out.

    Why: `drill`, `onward` (it did not begin at a base), `place` (a place is unknown), `times`, `near`, `region`.
    """
    counties = paces.counties(store)
    trips: list[Trip] = []
    left: Counter[str] = Counter()
    away: dict[str, list[tuple[int, int, str]]] = {}
    lines = _lines(store)
    for row in lines:
        away.setdefault(row["team"] or "", []).append((row["depart"], row["back"], row["callup"]))
    seen = set()
    for row in lines:
        key = (row["callup"], row["team"], row["depot"])
        if key in seen:
            continue
        seen.add(key)
        trip = _trip(store, row, away[row["team"] or ""], counties)
        if isinstance(trip, str):
            left[trip] += 1
        else:
            trips.append(trip)
    return trips, dict(sorted(left.items()))


def fits(trips: Sequence[Trip], least: int = LEAST) -> list[Fit]:
    """The speeds of counties with enough trips; and of cities and provinces, where they say more than one county does."""
    regions: dict[str, list[Trip]] = {}
    for trip in trips:
        for code in paces.above(trip.region):
            regions.setdefault(code, []).append(trip)
    out, told = [], set()
    # Counties before cities before provinces: what has no other trips than a part of it says nothing more.
    for code in sorted(regions, key=lambda code: (code.endswith("00"), code.endswith("0000"), code)):
        some = regions[code]
        key = tuple(trip.line for trip in some)
        if len(some) >= least and key not in told:
            told.add(key)
            out.append(fitted(code, some))
    return out


def fitted(region: str, trips: Sequence[Trip]) -> Fit:
    """The speed that fits some trips, at least one: of how many times the estimate's minutes they took, the median."""
    shares = [trip.minutes / estimate(trip.straight) for trip in trips]
    speed = round(SPEED / statistics.median(shares), 1)
    speed = min(max(speed, SLOWEST / 1000), FASTEST / 1000)
    errors = sorted(share * speed / SPEED - 1 for share in shares)
    tenth = len(errors) // 10
    return Fit(
        region, len(trips), speed,
        statistics.median(map(abs, errors)), errors[tenth], errors[-1 - tenth],
        statistics.median(abs(share - 1) for share in shares), any(trip.sample for trip in trips),
    )  # fmt: skip


def _lines(store: Store) -> list[dict[str, Any]]:
    """The lines that have departed and arrived: when, and when they were back, or far in the future."""
    rows = store.rows(
        "SELECT s.line, s.name, s.at, l.team, l.depot, l.from_line, l.\"order\" AS callup, c.incident, c.report_to,"
        " coalesce('yes' IN (l.exercise, c.exercise, x.exercise), 0) AS exercise,"
        " coalesce(l.sample, c.sample, x.sample, t.sample, '') AS sample,"
        " t.at_lat AS team_lat, t.at_lng AS team_lng, d.at_lat AS depot_lat, d.at_lng AS depot_lng,"
        " x.at_lat AS lat, x.at_lng AS lng FROM step s JOIN line l ON l.id = s.line JOIN callup c ON c.id = l.\"order\""
        " LEFT JOIN incident x ON x.id = c.incident LEFT JOIN team t ON t.id = l.team"
        " LEFT JOIN depot d ON d.id = l.depot WHERE s.inert IS NULL"
        " AND s.name IN ('depart', 'arrive', 'mistaken', 'return', 'reassign', 'supersede')"
        " ORDER BY length(s.line), s.line, s.mark"
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = found.setdefault(row["line"], {**row, "depart": None, "arrive": None, "back": None})
        if row["name"] == "mistaken":
            line["arrive"] = None
        elif row["name"] in ("depart", "arrive"):
            line[row["name"]] = row["at"]
        else:
            line["back"] = row["at"]
    whole = [line for line in found.values() if line["depart"] is not None and line["arrive"] is not None]
    for line in whole:
        line["back"] = line["back"] or 1 << 62
    return sorted(whole, key=lambda line: (line["arrive"], len(line["line"]), line["line"]))


def _trip(
    store: Store, row: dict[str, Any], away: Sequence[tuple[int, int, str]], counties: paces.Counties
) -> Trip | str:
    """What a line's way says, or why it says nothing."""
    if row["exercise"]:
        return "drill"
    left = row["depart"]
    if row["from_line"] or any(out < left < back and order != row["callup"] for out, back, order in away):
        return "onward"
    start = _point(row, "team_") if row["team"] else _point(row, "depot_")
    end = (place_of(store, row["report_to"], exactly=True) if row["report_to"] else None) or _point(row, "")
    if start is None or end is None:
        return "place"
    minutes = (row["arrive"] - left) / times.MINUTE
    if not 0 < minutes <= LONGEST:
        return "times"
    straight = distance_m(start, end)
    if straight < NEAREST:
        return "near"
    region = counties.of(end)
    return Trip(row["line"], region, straight, minutes, bool(row["sample"])) if region else "region"


def _point(row: dict[str, Any], prefix: str) -> Point | None:
    lat, lng = row[prefix + "lat"], row[prefix + "lng"]
    return None if lat is None else Point(lat, lng)
