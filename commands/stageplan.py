"""A plan to place teams ahead of a season: made by the solver, held against the rules, and said in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence, Set
from typing import NamedTuple

from emergency.plugins.planner.located import gap_of
from emergency.plugins.planner.staging import Place, Problem, Staged, stage, worth
from emergency.plugins.planner.staging import Team as Movable
from emergency.store import planwords, readonly, seasonwords, staging, times
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError, InvalidValue
from emergency.store.estimates import Leg
from emergency.store.moving import Move
from emergency.store.orders import Desk
from emergency.store.staging import Ground, same_type, weight
from emergency.store.store import Store
from emergency.store.travel import Travel, said_limit, said_minutes
from emergency.store.words import _, clauses, ngettext

#: So often a plan is made anew without what a rule refuses that only several orders together break.
TRIES = 6
#: Of a plan that is made anew the search takes so many seconds at most.
LATER = 2.0
#: So many closed roads to an area are named.
FEW_ROADS = 3


class Wanted(NamedTuple):
    """What a plan is to place."""

    teams: int
    #: {type as typed: how many}; the rest are of any other type.
    types: dict[str, int]
    within: float
    backup: bool
    seconds: float


class Found(NamedTuple):
    """A plan, and what it was made of."""

    ground: Ground
    wanted: Wanted
    #: The kinds of team that cover apart from each other; "" for any.
    kinds: list[str]
    staged: Staged
    travel: Travel
    #: The orders for those that move.
    asks: list[Ask]


def kinds_of(wanted: Wanted) -> list[tuple[str, int]]:
    """(type, how many) of each kind of team; "" for the rest. Raises InvalidValue where more are typed than N."""
    rest = wanted.teams - sum(wanted.types.values())
    if rest < 0:
        raise InvalidValue(
            _("the types come to {sum}, more than {n} teams").format(
                sum=sum(wanted.types.values()), n=wanted.teams
            )
        )
    kinds = list(wanted.types.items())
    return [*kinds, ("", rest)] if rest or not kinds else kinds


def plan(store: Store, season: str, wanted: Wanted, travel: Travel) -> Found:
    """Place teams for a season; no order of the plan is refused by a rule. Raises NoSuchRecord, InvalidValue."""
    kinds = kinds_of(wanted)
    types = [] if any(not name for name, _n in kinds) else [name for name, _n in kinds]
    ground = staging.ground(store, season, wanted.within, travel=travel, types=types)
    banned: set[int] = set()
    left: set[int] = set()
    bound = 0.0
    numbers = {team.id: i for i, team in enumerate(ground.teams)}
    for turn in range(TRIES):
        problem, at = _problem(ground, kinds, wanted, banned, left)
        staged = stage(problem, min(wanted.seconds, LATER) if turn else wanted.seconds)
        placed = [(team, at[place]) for team, place in staged.placed]
        # What rules forbid for several orders together only takes away: the first bound holds for every plan.
        bound = bound if turn else staged.bound
        refused = _refused(store, ground, _asks(ground, placed))
        crowded = _crowded(ground, placed, left)
        if not refused and not crowded:
            break
        banned |= {numbers[id_] for id_ in refused}
        left |= crowded
        ground.left_out.update(refused)
    spots = _allowed(ground, [way for way in placed if ground.teams[way[0]].id not in refused])
    standing = {team for team, _spot in spots}
    value = worth(problem, [way for way in staged.placed if way[0] in standing])
    bound = max(bound, value)
    staged = staged._replace(placed=tuple(spots), value=value, bound=bound, gap=gap_of(value, bound, 1.0))
    return Found(ground, wanted, [name for name, _n in kinds], staged, travel, _asks(ground, spots))


def _problem(
    ground: Ground, kinds: Sequence[tuple[str, int]], wanted: Wanted, banned: set[int], left: set[int]
) -> tuple[Problem, list[int]]:
    """The figures of a plan, and the spot of each of its places. Teams that turn out slower cover less from one spot.

    Who may not move by a rule of several orders together may still stay where it is. Who is `left` stays where it
    stands, and takes room there from all others whether it is placed or not.
    """
    at = _Places(ground, left)
    teams = []
    for number, team in enumerate(ground.teams):
        kind = next((k for k, (name, _n) in enumerate(kinds) if not name or same_type(team.type, name)), -1)
        ways = {} if number in banned or number in left else ground.ways[number]
        here = ground.stands[number]
        options = [(at.of(number, here), 0.0)]
        options += ((at.of(number, site), leg.minutes) for site, leg in sorted(ways.items()) if site != here)
        teams.append(Movable(kind, tuple(options) if kind >= 0 else ()))
    # A team of no kind that is asked for can stand nowhere; its kind does not matter.
    teams = [t if t.options else Movable(0, ()) for t in teams]
    weights = [weight(a) for a in ground.areas]
    return Problem(weights, at.places, teams, [n for _name, n in kinds], wanted.backup), at.spots


class _Places:
    """The places of a plan: of each spot one for each set of areas that some team covers from there.

    Those who are left where they stand have places of their own there, whose room is all that the spot has; the
    others share what they leave of it.
    """

    def __init__(self, ground: Ground, left: Set[int]) -> None:
        self.ground, self.left = ground, left
        self.full = Counter(ground.stands[team] for team in left)
        self.places: list[Place] = []
        self.spots: list[int] = []
        self._alike: dict[tuple[int, tuple[int, ...]], int] = {}
        self._known: dict[tuple[int, float], int] = {}

    def of(self, team: int, spot: int) -> int:
        """The place of a team at a spot."""
        room, site = self.ground.room(spot), spot
        if team in self.left:
            site += len(self.ground.spots)
        else:
            room = max(0, room - self.full[spot])
        key = site, self.ground.turnout(team, spot)
        if key not in self._known:
            covers = tuple(sorted(self.ground.covers(team, spot)))
            number = self._alike.setdefault((site, covers), len(self.places))
            if number == len(self.places):
                self.places.append(Place(covers, room, site))
                self.spots.append(spot)
            self._known[key] = number
        return self._known[key]


def _asks(ground: Ground, placed: Sequence[tuple[int, int]]) -> list[Ask]:
    """The orders for those of a plan that move."""
    return [_ask(ground, team, spot) for team, spot in placed if spot != ground.stands[team]]


def _ask(ground: Ground, team: int, spot: int) -> Ask:
    """The draft order that would move a team to a site, for the window of the season."""
    now = ground.window
    begin = times.parse_time(f"{now.begin} 00:00", times.now())
    end = times.parse_time(f"{now.end} 24:00", times.now())
    by = begin if begin > times.now() else None
    until = end if end > times.now() else None
    site = ground.spots[spot]
    return ground.teams[team].ask._replace(report_to=site.name or site.id, by=by, until=until)


def _over(ground: Ground, placed: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """{site that somebody is sent to without room beside those who stand there: who of them is not placed}."""
    used = {team for team, _spot in placed}
    sent = {spot for team, spot in placed if spot != ground.stands[team]}
    full = Counter(spot for _team, spot in placed)
    still: dict[int, list[int]] = {}
    for team, spot in enumerate(ground.stands):
        if team not in used and ground.teams[team].site:
            still.setdefault(spot, []).append(team)
    return {
        spot: some
        for spot, some in still.items()
        if spot in sent and full[spot] + len(some) > ground.room(spot)
    }


def _crowded(ground: Ground, placed: Sequence[tuple[int, int]], left: Set[int]) -> set[int]:
    """Teams that stand at a site, are not placed and not yet `left`, and have no room beside those who are sent there."""
    out = set()
    for spot, some in _over(ground, placed).items():
        here = sum(at == spot for _team, at in placed)
        some.sort(key=lambda team: team not in left)
        out |= {team for team in some[max(0, ground.room(spot) - here) :] if team not in left}
    return out


def _allowed(ground: Ground, placed: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """A plan without those it sends where there is no room; who is not sent stays, and may fill another site."""
    out = list(placed)
    while over := _over(ground, out):
        out = [way for way in out if way[1] not in over or way[1] == ground.stands[way[0]]]
    return out


def _refused(store: Store, ground: Ground, asks: Sequence[Ask]) -> dict[str, str]:
    """{team: why} of the orders that the rules refuse, given all those before; tried out, and nothing is written."""
    if store.as_of is not None or readonly.reason() or not asks:
        return {}
    out, lines = {}, held(ground)
    with store.write("plan stage", dry_run=True) as writer:
        desk = Desk(writer)
        desk.over = ground.over
        for ask in asks:
            try:
                desk.issue(ask, times.now(), instead=lines[ask.team])
                writer.flush()
            except EmergencyError as error:
                out[ask.team] = error.message
    return out


def moves(found: Found) -> list[Move]:
    """The orders of the plan, each with the line that it takes the place of."""
    lines = held(found.ground)
    return [Move(ask, lines[ask.team]) for ask in found.asks]


def held(ground: Ground) -> dict[str, str]:
    """{team: the line by which it stands at a site already, "" where there is none}."""
    return {team.id: team.line for team in ground.teams}


# -- reading the plan ---------------------------------------------------------------------------------


def covered(found: Found) -> list[list[list[int]]]:
    """For each kind and area the placed teams (by their place in the plan) that cover it."""
    out: list[list[list[int]]] = [[[] for _a in found.ground.areas] for _k in found.kinds]
    for n, (team, spot) in enumerate(found.staged.placed):
        kind = kind_of(found, team)
        for area in found.ground.covers(team, spot):
            out[kind][area].append(n)
    return out


def kind_of(found: Found, team: int) -> int:
    """The kind of a placed team."""
    type_ = found.ground.teams[team].type
    return next(k for k, name in enumerate(found.kinds) if not name or same_type(type_, name))


class Asked(NamedTuple):
    """How many teams of a kind were asked for, "" for any; could be placed; and are."""

    type: str
    asked: int
    able: int
    placed: int


def asked(found: Found) -> list[Asked]:
    """The kinds of team that were asked for."""
    able = Counter(
        next((k for k, name in enumerate(found.kinds) if _fits(team.type, name)), -1)
        for team in found.ground.teams
    )
    placed = Counter(kind_of(found, team) for team, _spot in found.staged.placed)
    return [Asked(name, n, able[k], placed[k]) for k, (name, n) in enumerate(kinds_of(found.wanted))]


def drive(found: Found, team: int, spot: int) -> Leg:
    """How a team gets to where it is placed."""
    return Leg(0.0, "") if spot == found.ground.stands[team] else found.ground.ways[team][spot]


def why_uncovered(found: Found, kind: int, area: int) -> str:
    """Why no placed team of a kind reaches an area, from the figures of the plan; and what road to it is closed."""
    said = [_why_uncovered(found, kind, area)]
    for spot, leg in staging.shut(found.ground, found.travel, area)[:FEW_ROADS]:
        place = spot.name or spot.id
        said.append(_("the road from {place} is closed: {source}").format(place=place, source=leg.source))
    return clauses(said)


def _why_uncovered(found: Found, kind: int, area: int) -> str:
    ground, name = found.ground, found.kinds[kind]
    spots = [
        spot
        for spot, (reach, out) in enumerate(zip(ground.reach, ground.soonest, strict=True))
        if area in reach and out + reach[area].minutes <= ground.within
    ]
    if not spots:
        near = staging.nearest(ground, found.travel, area)
        if near is None:
            if ground.spots:
                return _("there is no way to it from any site or ready team")
            return _("there is no site and no ready team")
        place, minutes, turnout = near
        said = _("no site and no ready team within {limit}: the nearest, {place}, is {minutes} min away")
        said = said.format(
            limit=said_limit(ground.within), place=place.name or place.id, minutes=said_minutes(minutes)
        )
        return planwords.made_of(said, minutes, turnout)
    able = [t for t in range(len(ground.teams)) if _fits(ground.teams[t].type, name)]
    able = [t for t in able if any(area in ground.covers(t, s) for s in spots if _may_stand(ground, t, s))]
    if not able:
        if name:
            return _("no ready team of type {type} could stand within reach of it").format(type=name)
        return _("no ready team could stand within reach of it")
    used = {team for team, _spot in found.staged.placed}
    if not [t for t in able if t not in used]:
        return _("the teams that could reach it cover more elsewhere")
    placed = sum(kind_of(found, team) == kind for team, _spot in found.staged.placed)
    if placed < dict(enumerate(n for _name, n in kinds_of(found.wanted)))[kind]:
        return _("it weighs too little for a move, or there is no room at the sites that reach it")
    return _("the teams asked for cover more elsewhere: one more would reach it")


def _may_stand(ground: Ground, team: int, spot: int) -> bool:
    return ground.stands[team] == spot or spot in ground.ways[team]


def _fits(type_: str, name: str) -> bool:
    return not name or same_type(type_, name)


def remarks(found: Found) -> list[str]:
    """What is to be known of a plan beside its lines: too few of a type, types nobody asked for, what today would be."""
    ahead = found.ground.over is not None
    out = [
        seasonwords.too_few(one.type, one.asked, one.able, ahead=ahead)
        for one in asked(found)
        if one.able < one.asked
    ]
    if found.kinds == [""] and found.staged.placed:
        out.append(seasonwords.untyped())
    if found.ground.today:
        out.append(seasonwords.reckoned_with(len(found.ground.today)))
    return out


# -- summed up --------------------------------------------------------------------------------------


def sample(found: Found) -> bool:
    """Whether the season, or anything of its plan, is made up."""
    ground = found.ground
    return bool(ground.season["sample"]) or any(a["sample"] for a in ground.areas)


def totals(found: Found, by: list[list[list[int]]]) -> tuple[float, float, float]:
    """(weight covered, weight covered twice, all weight), summed over the kinds of team."""
    weights = [weight(row) for row in found.ground.areas]
    first = sum(w for rows in by for w, teams in zip(weights, rows, strict=True) if teams)
    second = sum(w for rows in by for w, teams in zip(weights, rows, strict=True) if len(teams) > 1)
    return first, second, sum(weights) * len(found.kinds)


def sources(found: Found) -> list[str]:
    """Whose driving times the plan rests on."""
    legs = [leg for team, spot in found.staged.placed for leg in found.ground.covers(team, spot).values()]
    legs += [drive(found, team, spot) for team, spot in found.staged.placed]
    return sorted({leg.source for leg in legs if leg.source})


def share(value: float, total: float) -> str:
    """A share in per cent, as a person reads it."""
    return "100%" if total <= 0 or value >= total else f"{math.floor(1000 * value / total) / 10:g}%"


def counted(n: int) -> str:
    """So many teams, in words."""
    return ngettext("{n} team", "{n} teams", n).format(n=n)
