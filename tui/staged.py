"""A plan to place teams as `plan stage --json` tells it, each thing with the sign that it has in list and on map.

A team has a figure or a small letter, an area that is not covered a capital. Nothing here knows a widget.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import ascii_lowercase, ascii_uppercase
from typing import Any, NamedTuple

from emergency.store.estimates import is_estimate
from emergency.store.spots import Spot

#: Signs of teams, and of areas that are not covered, the heaviest first; an `o` is an area that is.
TEAM_SIGNS = "123456789" + ascii_lowercase.replace("o", "")
AREA_SIGNS = ascii_uppercase.replace("O", "")
#: What has no sign left.
MORE_TEAMS, MORE_AREAS = "+", "!"
#: Signs of a site that nobody is placed at, of where somebody comes from, and of areas that are covered once
#: and twice: light, heavy.
FREE, HOME = "^", "-"
COVERED = {"covered": ("o", "O"), "twice": ("%", "@")}

#: What a line of the list stands for: `team`, `keyarea` or `site`, and its id.
Thing = tuple[str, str]


class Cover(NamedTuple):
    """An area that a team covers from where it is placed, and in how many minutes it is there."""

    area: str
    minutes: float
    source: str


class Placed(NamedTuple):
    """A team of the plan."""

    id: str
    name: str
    sign: str
    stays: bool
    #: The site, "" where it stays at its base; and the line by which it stands there already, if one does.
    site: str
    site_name: str
    line: str
    here: Spot
    origin: Spot
    minutes: float
    source: str
    people: int | None
    covers: tuple[Cover, ...]
    #: The draft of an earlier plan that would place it just so; "" where there is none.
    draft: str
    #: Minutes until its wheels turn, which are among those of its drives; and whether its site states them.
    turnout: float
    by_site: bool
    #: What it says of today that would keep it out, were the window open; "" for nothing.
    today: str


class By(NamedTuple):
    """A placed team that covers an area."""

    sign: str
    minutes: float


class Area(NamedTuple):
    """A key area, and how it stands in the plan."""

    id: str
    name: str
    weight: float
    #: `open`, `covered` or `twice`: of the types asked for, that which has it worst.
    state: str
    #: A capital where it is open, else how it is covered and whether it is heavy.
    sign: str
    here: Spot
    by: tuple[By, ...]
    #: (type, why) of each that does not cover it.
    why_not: tuple[tuple[str, str], ...]


class Site(NamedTuple):
    """A candidate site."""

    id: str
    name: str
    here: Spot
    capacity: int | None
    teams: tuple[str, ...]


class Plan(NamedTuple):
    """All of it."""

    season: str
    name: str
    within: float
    teams: tuple[Placed, ...]
    areas: tuple[Area, ...]
    sites: tuple[Site, ...]
    covered: float
    twice: float
    weight: float
    backup: bool
    gap: float
    method: str
    trouble: str
    #: {team, area or site: why}
    left_out: Mapping[str, str]
    sample: bool
    #: What is to be known of it beside its lines.
    remarks: tuple[str, ...]
    #: Drafts of an earlier plan that would be brought up to date, and that would be cancelled.
    updated: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    #: What the left out are, and what they are called, where somebody looked.
    kinds: Mapping[str, str] = {}
    names: Mapping[str, str] = {}
    #: {team: the line of a draft that would place it}, where somebody looked.
    drafts: Mapping[str, str] = {}

    @property
    def moved(self) -> tuple[Placed, ...]:
        """Those that an order would send somewhere."""
        return tuple(team for team in self.teams if not team.stays)

    @property
    def fresh(self) -> tuple[Placed, ...]:
        """Those of them whose order no draft says already: one that was taken back since says nothing."""
        return tuple(team for team in self.moved if not (team.draft and team.id in self.drafts))

    @property
    def drives(self) -> tuple[int, int]:
        """How many of its minutes are measured or from roads, and how many estimated."""
        legs = [cover.source for team in self.teams for cover in team.covers]
        legs += [team.source for team in self.teams if team.source]
        guessed = sum(map(is_estimate, legs))
        return len(legs) - guessed, guessed

    def related(self, thing: Thing | None) -> set[Thing]:
        """What belongs to a line of the list: a team and all it covers, an area and who covers it, a site and who is there."""
        if thing is None:
            return set()
        kind, id_ = thing
        out = {thing}
        for team in self.teams:
            areas = {("keyarea", cover.area) for cover in team.covers}
            if thing == ("team", team.id):
                out |= areas
            elif thing in areas or (kind == "site" and team.site == id_):
                out.add(("team", team.id))
        return out


def parsed(value: Mapping[str, Any]) -> Plan:
    """The plan of `plan stage --json`. Raises KeyError, TypeError or ValueError for what is none."""
    teams = tuple(
        _team(told, TEAM_SIGNS[n] if n < len(TEAM_SIGNS) else MORE_TEAMS)
        for n, told in enumerate(value["teams"])
    )
    areas = sorted(value["areas"], key=lambda a: -float(a["weight"]))
    # From half of the heaviest on an area counts as heavy.
    heavy = max((float(told["weight"]) for told in areas), default=0.0) / 2
    by = {(team.id, cover.area): By(team.sign, cover.minutes) for team in teams for cover in team.covers}
    signs = iter(AREA_SIGNS)
    return Plan(
        season=str(value["season"]),
        name=str(value["name"] or ""),
        within=float(value["within_minutes"]),
        teams=teams,
        areas=tuple(_area(told, signs, by, heavy) for told in areas),
        sites=tuple(
            Site(
                str(told["site"]), str(told["name"] or ""), _spot("site", told["site"], told["name"], told["at"]),
                told["capacity"], tuple(told["teams"]),
            )
            for told in value["sites"]
        ),
        covered=float(value["weight"]["covered"]),
        twice=float(value["weight"]["covered_twice"]),
        weight=float(value["weight"]["all"]),
        backup=bool(value["second_cover_counts"]),
        gap=float(value["gap"]),
        method=str(value["method"]),
        trouble=str(value["routing_trouble"] or ""),
        left_out=dict(value["left_out"]),
        sample=bool(value["sample"]),
        remarks=tuple(map(str, value["remarks"])),
        updated=tuple(value["drafts"]["updated"]),
        cancelled=tuple(value["drafts"]["cancelled"]),
    )  # fmt: skip


def _spot(kind: str, id_: object, name: object, at: Mapping[str, float]) -> Spot:
    return Spot(kind, str(id_), str(name or ""), round(at["lat"] * 1e6), round(at["lng"] * 1e6))


def _team(told: Mapping[str, Any], sign: str) -> Placed:
    id_, name, origin = told["team"], told["name"], told["from"]
    covers = (Cover(c["area"], float(c["minutes"]), str(c["source"])) for c in told["covers"])
    return Placed(
        str(id_), str(name or ""), sign, bool(told["stays"]), str(told["site"] or ""), str(told["site_name"] or ""),
        str(origin["line"] or ""), _spot("team", id_, name, told["at"]), _spot("home", id_, name, origin["at"]),
        float(told["minutes"]), str(told["source"] or ""), told["people"], tuple(covers),
        str(told["draft"] or ""),
        float(told["turnout_minutes"]), told["turnout_of"] == "site", str(told["today"] or ""),
    )  # fmt: skip


def _area(
    told: Mapping[str, Any], signs: Iterator[str], by: Mapping[tuple[str, str], By], heavy: float
) -> Area:
    id_, kinds, weight = str(told["area"]), told["covered_by"], float(told["weight"])
    fewest = min((len(kind["teams"]) for kind in kinds), default=0)
    state = "open" if not fewest else "covered" if fewest == 1 else "twice"
    sign = next(signs, MORE_AREAS) if state == "open" else COVERED[state][weight >= heavy]
    teams = dict.fromkeys(str(team) for kind in kinds for team in kind["teams"])
    return Area(
        id_, str(told["name"] or ""), weight, state, sign, _spot("keyarea", id_, told["name"], told["at"]),
        tuple(by[team, id_] for team in teams if (team, id_) in by),
        tuple((str(kind["type"] or ""), str(kind["why_not"])) for kind in kinds if kind["why_not"]),
    )  # fmt: skip
