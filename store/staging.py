"""What a plan to place teams ahead of a season is made of: areas, places and ready teams, and the drives between.

Only what is true is said here; who should stand where is for a solver (plugins/planner/staging.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store import candidates, seasons, times
from emergency.store.asks import Ask
from emergency.store.board import moment
from emergency.store.conditions import stale_after
from emergency.store.errors import EmergencyError
from emergency.store.places import Point
from emergency.store.records import BY_NAME
from emergency.store.records.team import READINESS
from emergency.store.store import Store
from emergency.store.travel import Leg, Travel
from emergency.store.words import _, language

#: A team is not sent farther than this ahead of an event, in minutes; and of the sites within it to so many.
FARTHEST, MOST_SITES = 240.0, 40


class Spot(NamedTuple):
    """Where teams may stand: a site, or the base of one team."""

    kind: str
    id: str
    name: str
    at: Point
    #: For how many teams there is room; None for as many as come.
    room: int | None


class Team(NamedTuple):
    """A team that may be placed, and the order that would place it."""

    id: str
    name: str
    type: str
    at: Point
    ask: Ask


class Ground(NamedTuple):
    """What a season's plan is made of."""

    season: dict[str, Any]
    areas: list[dict[str, Any]]
    #: Sites first, then the base of each team, in the order of `teams`.
    spots: list[Spot]
    teams: list[Team]
    #: For each spot the areas (by number) within reach of it.
    reach: list[dict[int, Leg]]
    #: For each team the sites (by number) that it may go to.
    ways: list[dict[int, Leg]]
    #: {team, area or site: why it is left out}
    left_out: dict[str, str]
    within: float

    def home(self, team: int) -> int:
        """The number of the spot that is a team's base."""
        return len(self.spots) - len(self.teams) + team


def ground(store: Store, season: str, within: float, *, travel: Travel, types: Sequence[str] = ()) -> Ground:
    """All that a plan for a season may use; teams of some types only, where any are named.

    `within` is minutes from where a team stands to an area. Raises NoSuchRecord.
    """
    row = store.row("season", store.find("season", season))
    assert row is not None
    left_out: dict[str, str] = {}
    areas = [a for a in seasons.areas(store, row) if _has_place(a, left_out)]
    sites = [
        Spot("site", s["id"], s["name"] or "", Point(s["at_lat"], s["at_lng"]), s["capacity"])
        for s in store.rows("SELECT * FROM site WHERE retired IS NULL ORDER BY length(id), id")
        if _has_place(s, left_out)
    ]
    teams = _teams(store, row, types, left_out)
    spots = sites + [Spot("team", t.id, t.name, t.at, 1) for t in teams]
    points = [Point(a["at_lat"], a["at_lng"]) for a in areas]
    ways = []
    for found in travel.within([t.at for t in teams], [s.at for s in sites], FARTHEST):
        near = sorted(found.items(), key=lambda item: (item[1].minutes, item[0]))[:MOST_SITES]
        ways.append(dict(near))
    reach = travel.within([s.at for s in spots], points, within)
    return Ground(row, areas, spots, teams, reach, ways, left_out, within)


def weight(area: dict[str, Any]) -> float:
    """How much an area counts; one without a weight counts 1."""
    return 1.0 if area["weight"] is None else float(area["weight"])


def nearest(ground_: Ground, travel: Travel, area: int) -> tuple[Spot, Leg] | None:
    """The spot from which an area is reached soonest, whatever the limit."""
    row = ground_.areas[area]
    to = Point(row["at_lat"], row["at_lng"])
    legs = [(travel.minutes(spot.at, to), spot) for spot in ground_.spots[:2000]]
    found = min(legs, key=lambda item: item[0].minutes, default=None)
    return None if found is None or math.isinf(found[0].minutes) else (found[1], found[0])


def _has_place(row: dict[str, Any], left_out: dict[str, str]) -> bool:
    if row["at_lat"] is None:
        left_out[row["id"]] = _("it has no position")
        return False
    return True


def _teams(
    store: Store, season: dict[str, Any], types: Sequence[str], left_out: dict[str, str]
) -> list[Team]:
    """The teams that are ready by a fresh report and that no rule keeps from being placed."""
    rules = candidates.refusals(store)
    now, fresh = moment(store), stale_after()
    floored = "t.floor" if "floor" in BY_NAME["team"] else "NULL"
    out = []
    for row in store.rows(
        "SELECT t.id, t.name, t.type, t.readiness, t.reported_at, t.claimed, coalesce(t.headcount, t.strength) AS people,"
        f" {floored} AS floor, coalesce(t.at_lat, r.at_lat) AS lat, coalesce(t.at_lng, r.at_lng) AS lng"
        " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL ORDER BY length(t.id), t.id"
    ):
        if types and not any(same_type(row["type"], t) for t in types):
            continue
        why = _unready(row, now - fresh, now)
        if not why and rules.elsewhere(row["id"]):
            why = _("it is of another province: ask for it by --kind help")
        ask = order(store, season, row["id"], _going(row))
        if not why:
            try:
                rules.check(ask, now)
            except EmergencyError as error:
                why = error.message
        if why:
            left_out[row["id"]] = why
        else:
            at = Point(row["lat"], row["lng"])
            out.append(Team(row["id"], row["name"] or "", row["type"] or "", at, ask))
    return out


def _going(row: dict[str, Any]) -> int | None:
    """How many people of a team go: all of it, or what its floor leaves."""
    if not row["floor"] or row["people"] is None:
        return None
    return int(row["people"]) - int(row["floor"])


def _unready(row: dict[str, Any], since: int, now: int) -> str:
    """Why a team is not to be counted on, "" where it is."""
    if row["lat"] is None:
        return _("it has no position")
    if row["readiness"] is None or row["reported_at"] is None:
        return _("never reported")
    if row["reported_at"] < since:
        return _("last report {age} ago").format(age=times.format_age(now - row["reported_at"]))
    if row["readiness"] != "ready":
        return READINESS[row["readiness"]][1 if language() == "zh" else 0]
    if row["claimed"]:
        return _("called up by {order}").format(order=row["claimed"])
    going = _going(row)
    return _("all its people stay at home by its floor") if going is not None and going < 1 else ""


def same_type(type_: str | None, wanted: str) -> bool:
    """Whether a team's type is the one that was typed: the same, or a part of it."""
    return bool(type_) and (type_ == wanted or wanted in str(type_))


def order(store: Store, season: dict[str, Any], team: str, people: int | None) -> Ask:
    """The order that would place a team for a season; where to is not said yet."""
    return Ask(kind="preposition", team=team, people=people, note=str(season["name"]))
