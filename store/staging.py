"""What a plan to place teams ahead of a season is made of: areas, places and ready teams, and the drives between.

Only what is true is said here; who should stand where is for a solver (plugins/planner/staging.py).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from emergency.store import ahead, candidates, moving, seasons, times
from emergency.store.asks import Ask
from emergency.store.board import moment
from emergency.store.conditions import stale_after
from emergency.store.errors import EmergencyError, InvalidValue
from emergency.store.estimates import Leg, estimate
from emergency.store.places import Point, distance_m
from emergency.store.records import BY_NAME
from emergency.store.records.steps import ACTIVE, STEPS
from emergency.store.records.team import READINESS, people_of
from emergency.store.seasons import Window
from emergency.store.store import Store
from emergency.store.travel import Travel
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
    #: Minutes in which whoever stands here turns out; None where that is each team's own time.
    turnout: float | None = None


class Team(NamedTuple):
    """A team that may be placed, and the order that would place it."""

    id: str
    name: str
    type: str
    #: Where it stands: at its base, or at the site where an order has it stand.
    at: Point
    ask: Ask
    #: That site, and the line of that order; "" of a team at its base.
    site: str = ""
    line: str = ""
    #: Minutes from the order until its wheels turn, at its base; 0 where none is stated.
    turnout: float = 0.0


class Ground(NamedTuple):
    """What a season's plan is made of."""

    season: dict[str, Any]
    window: Window
    areas: list[dict[str, Any]]
    #: Sites first, then the bases of the teams that stand at theirs.
    spots: list[Spot]
    teams: list[Team]
    #: For each spot the areas (by number) within reach of it, by the drive alone.
    reach: list[dict[int, Leg]]
    #: For each team the sites (by number) that it may go to.
    ways: list[dict[int, Leg]]
    #: For each team the number of the spot where it stands now.
    stands: list[int]
    #: {site: teams that stand there by an order, and are not among `teams`}
    taken: dict[str, int]
    #: {team, area or site: why it is left out}
    left_out: dict[str, str]
    within: float
    #: For each spot the least time in which any who may stand there turns out; 0 where nobody may.
    soonest: list[float]
    #: {team: what it says of today that would keep it out}, of those that are reckoned with since the window is ahead.
    today: dict[str, str]
    #: The lines that are over when it opens (ahead.py); None where the window is open.
    over: frozenset[str] | None

    def room(self, spot: int) -> int:
        """For how many of the teams there is room at a spot."""
        one = self.spots[spot]
        return len(self.teams) if one.room is None else max(0, one.room - self.taken.get(one.id, 0))

    def turnout(self, team: int, spot: int) -> float:
        """Minutes until the wheels of a team turn that stands at a spot: what the site states, else the team's own."""
        stated = self.spots[spot].turnout
        return self.teams[team].turnout if stated is None else stated

    def covers(self, team: int, spot: int) -> dict[int, Leg]:
        """The areas (by number) that a team reaches in time from a spot, turn-out and drive together; with the drives."""
        left = self.within - self.turnout(team, spot)
        return {area: leg for area, leg in self.reach[spot].items() if leg.minutes <= left}


def ground(store: Store, season: str, within: float, *, travel: Travel, types: Sequence[str] = ()) -> Ground:
    """All that a plan for a season may use; teams of some types only, where any are named.

    `within` is minutes until a team is there, from where it stands, turning out included. Raises NoSuchRecord, InvalidValue.
    """
    row = store.row("season", store.find("season", season))
    assert row is not None
    window = seasons.window(row, seasons.today(store))
    if window is None:
        raise InvalidValue(
            _("the days of {season} are not known").format(season=row["id"]),
            hint=_("emergency season set {id} begin=06-01 end=09-15").format(id=row["id"]),
        )
    left_out: dict[str, str] = {}
    areas = [a for a in seasons.areas(store, row) if _has_place(a, left_out)]
    sites = [
        Spot(
            "site", s["id"], s["name"] or "", Point(s["at_lat"], s["at_lng"]), s["capacity"],
            None if s["turnout"] is None else s["turnout"] / 1000,
        )
        for s in store.rows("SELECT * FROM site WHERE retired IS NULL ORDER BY length(id), id")
        if _has_place(s, left_out)
    ]  # fmt: skip
    over = ahead.over(store, window)
    placed, standing = _placed(store, over or ())
    today: dict[str, str] = {}
    teams = _teams(store, row, types, placed, {s.id: s for s in sites}, left_out, over, today)
    spots = sites + [Spot("team", t.id, t.name, t.at, 1) for t in teams if not t.site]
    numbers = {(spot.kind, spot.id): n for n, spot in enumerate(spots)}
    stands = [numbers["site", t.site] if t.site else numbers["team", t.id] for t in teams]
    free = {t.id for t in teams}
    taken = Counter(site for team, site in standing if team not in free)
    points = [Point(a["at_lat"], a["at_lng"]) for a in areas]
    ways = []
    for found in travel.within([t.at for t in teams], [s.at for s in sites], FARTHEST):
        near = sorted(found.items(), key=lambda item: (item[1].minutes, item[0]))[:MOST_SITES]
        ways.append(dict(near))
    reach = travel.within([s.at for s in spots], points, within)
    soonest = _soonest(spots, teams, ways, stands)
    return Ground(
        row, window, areas, spots, teams, reach, ways, stands, taken, left_out, within, soonest, today, over
    )


def _soonest(
    spots: Sequence[Spot], teams: Sequence[Team], ways: Sequence[dict[int, Leg]], stands: Sequence[int]
) -> list[float]:
    """See Ground.soonest."""
    least = [math.inf] * len(spots)
    for team, sites, here in zip(teams, ways, stands, strict=True):
        for spot in (here, *sites):
            least[spot] = min(least[spot], team.turnout)
    stated = [spot.turnout for spot in spots]
    return [
        (0.0 if math.isinf(out) else out) if said is None else said
        for out, said in zip(least, stated, strict=True)
    ]


def weight(area: dict[str, Any]) -> float:
    """How much an area counts; one without a weight counts 1."""
    return 1.0 if area["weight"] is None else float(area["weight"])


def shut(ground_: Ground, travel: Travel, area: int) -> list[tuple[Spot, Leg]]:
    """The spots that would reach an area by the estimate if the road were not closed, and who says that it is."""
    row = ground_.areas[area]
    to = Point(row["at_lat"], row["at_lng"])
    if not travel.cut_off(to):
        return []
    near = [
        spot
        for spot, out in zip(ground_.spots, ground_.soonest, strict=True)
        if out + estimate(distance_m(spot.at, to)) <= ground_.within
    ]
    legs = [(spot, travel.shut(spot.at, to)) for spot in near]
    return [(spot, leg) for spot, leg in legs if leg is not None]


def nearest(ground_: Ground, travel: Travel, area: int) -> tuple[Spot, float, float] | None:
    """The spot from which an area is reached soonest, whatever the limit: minutes, and those of turning out in them."""
    row = ground_.areas[area]
    to = Point(row["at_lat"], row["at_lng"])
    some = list(zip(ground_.spots, ground_.soonest, strict=True))[:2000]
    arrivals = [(out + travel.minutes(spot.at, to).minutes, out, spot) for spot, out in some]
    found = min(arrivals, key=lambda item: item[0], default=None)
    return None if found is None or math.isinf(found[0]) else (found[2], found[0], found[1])


def _has_place(row: dict[str, Any], left_out: dict[str, str]) -> bool:
    if row["at_lat"] is None:
        left_out[row["id"]] = _("it has no position")
        return False
    return True


class _Held(NamedTuple):
    """Where an order that was given has a team stand."""

    line: str
    #: The site, "" where its place is none of the register; and the place as the order says it.
    site: str
    place: str


def _placed(store: Store, over: Collection[str]) -> tuple[dict[str, _Held], set[tuple[str, str]]]:
    """({team: where it stands}, of the teams that one order of kind preposition holds and nothing else; and every
    (team, site) where an order of that kind has some of a team stand, whatever else it has of it); but for the lines
    that are `over`.
    """
    active = ", ".join(f"'{s}'" for s in ACTIVE)
    out, lines = {}, Counter[str]()
    standing = set()
    for row in store.rows(
        "SELECT l.id, l.team, l.equipment, l.item, l.state, c.kind, c.report_to FROM line l"
        f' JOIN callup c ON c.id = l."order" WHERE l.team IS NOT NULL AND l.state IN ({active})'
    ):
        if row["id"] in over:
            continue
        lines[row["team"]] += 1
        if row["kind"] != "preposition" or row["state"] not in STEPS["supersede"].sources:
            continue
        place = str(row["report_to"] or "")
        site = _site(store, place)
        if site:
            standing.add((row["team"], site))
        if not (row["equipment"] or row["item"]):
            out[row["team"]] = _Held(row["id"], site, place)
    return {team: held for team, held in out.items() if lines[team] == 1}, standing


def _site(store: Store, place: str) -> str:
    """The site that an order's place names; "" where it names none."""
    try:
        return store.find("site", place) if place else ""
    except EmergencyError:
        return ""


def _teams(
    store: Store,
    season: dict[str, Any],
    types: Sequence[str],
    placed: dict[str, _Held],
    sites: dict[str, Spot],
    left_out: dict[str, str],
    over: frozenset[str] | None,
    today: dict[str, str],
) -> list[Team]:
    """The teams that are ready by a fresh report and that no rule keeps from being placed.

    Of a window that is ahead, all that no rule will keep then: what else they say goes into `today`.
    """
    rules = candidates.refusals(store)
    rules.over = over
    away = ahead.out(store, over or ())
    now, fresh = moment(store), stale_after()
    people = people_of("t.") if over is None else "coalesce(t.strength, t.headcount)"
    floored = "t.floor" if "floor" in BY_NAME["team"] else "NULL"
    out = []
    for row in store.rows(
        f"SELECT t.id, t.name, t.type, t.readiness, t.reported_at, t.claimed, {people} AS people,"
        f" {floored} AS floor, coalesce(t.turnout, 0) AS turnout, coalesce(t.at_lat, r.at_lat) AS lat, coalesce(t.at_lng, r.at_lng) AS lng"
        " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL ORDER BY length(t.id), t.id"
    ):
        if types and not any(same_type(row["type"], t) for t in types):
            continue
        held = placed.get(row["id"])
        why = _kept(row, over, held)
        if not why and (said := _unready(row, now - fresh, now, held)):
            why = said if over is None else ""
            today[row["id"]] = said
        elif not why and row["id"] in away:
            today[row["id"]] = _("called up by {order}").format(order=away[row["id"]])
        if not why and held and held.site not in sites:
            why = _("{order} has it stand at {place}, which is no site with a position").format(
                order=held.line, place=held.place or "?"
            )
        if not why and rules.elsewhere(row["id"]):
            why = _("it is of another province: ask for it by --kind help")
        ask = order(store, season, row["id"], _going(row))
        if not why:
            # What it does already by an order for the season stands in no other's way.
            rules.ending = held.line if held else ""
            try:
                rules.check(ask, now)
            except EmergencyError as error:
                why = error.message
        if why:
            left_out[row["id"]] = why
            today.pop(row["id"], None)
            continue
        at = sites[held.site].at if held else Point(row["lat"], row["lng"])
        one = Team(row["id"], row["name"] or "", row["type"] or "", at, ask, turnout=row["turnout"] / 1000)
        out.append(one._replace(site=held.site, line=held.line) if held else one)
    return out


def _going(row: dict[str, Any]) -> int | None:
    """How many people of a team go: all of it, or what its floor leaves."""
    if not row["floor"] or row["people"] is None:
        return None
    return int(row["people"]) - int(row["floor"])


def _kept(row: dict[str, Any], over: frozenset[str] | None, held: _Held | None) -> str:
    """Why a team is not to be counted on whatever it reports, "" where it is."""
    if row["lat"] is None and held is None:
        return _("it has no position")
    if over is not None and row["claimed"] and row["claimed"] not in over and not _holds(row, held):
        return _("called up by {order}").format(order=row["claimed"])
    going = _going(row)
    return _("all its people stay at home by its floor") if going is not None and going < 1 else ""


def _unready(row: dict[str, Any], since: int, now: int, held: _Held | None) -> str:
    """What of today keeps a team out of a window that is open: its report, and who has called it up."""
    if row["readiness"] is None or row["reported_at"] is None:
        return _("never reported")
    if row["reported_at"] < since:
        return _("last report {age} ago").format(age=times.format_age(now - row["reported_at"]))
    if row["readiness"] != "ready":
        return READINESS[row["readiness"]][1 if language() == "zh" else 0]
    if row["claimed"] and not _holds(row, held):
        return _("called up by {order}").format(order=row["claimed"])
    return ""


def _holds(row: dict[str, Any], held: _Held | None) -> bool:
    """Whether what has called a team up is the order that has it stand at its site."""
    return bool(held and row["claimed"] == held.line)


def same_type(type_: str | None, wanted: str) -> bool:
    """Whether a team's type is the one that was typed: the same, or a part of it."""
    return bool(type_) and (type_ == wanted or wanted in str(type_))


def order(store: Store, season: dict[str, Any], team: str, people: int | None) -> Ask:
    """The order that would place a team for a season; where to is not said yet."""
    return Ask(kind="preposition", team=team, people=people, note=moving.note(season))
