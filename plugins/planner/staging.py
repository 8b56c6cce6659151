"""Placing teams ahead of an event: who goes where so that the most weight is covered, at home or at a site.

A first cover counts its area's weight, a second cover a share of it, and a team that moves costs something: so
it moves only where that covers more. Several kinds of team cover apart from each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from emergency.plugins.planner.located import Clock, gap_of

#: What a second cover counts beside the first; a place that moves, of all weight; and a minute of its way, of that.
SECOND, MOVE, MINUTE = 0.2, 0.005, 0.0001
#: The most entries of a model that the solver is given.
MODEL = 80_000
#: A share of the worth that is no difference.
_CLOSE = 1e-6


class Place(NamedTuple):
    """Where teams may stand: the areas that they would cover from there, and for how many there is room."""

    covers: tuple[int, ...]
    room: int
    #: Those of one site share its room: slower and quicker teams cover differently from it. None: a site by itself.
    site: int | None = None


class Team(NamedTuple):
    """A team of one kind, and where it may stand: (place, minutes of the way there; 0 at home)."""

    kind: int
    options: tuple[tuple[int, float], ...]


class Problem(NamedTuple):
    """What is to be covered and with what."""

    weights: Sequence[float]
    places: Sequence[Place]
    teams: Sequence[Team]
    #: How many teams of each kind are placed, at most.
    wanted: Sequence[int]
    #: Whether a second cover counts.
    backup: bool


def sites(places: Sequence[Place]) -> list[int]:
    """For each place the number of its site: the same for those that share their room."""
    numbers: dict[tuple[str, int], int] = {}
    keys = [("place", n) if place.site is None else ("site", place.site) for n, place in enumerate(places)]
    return [numbers.setdefault(key, len(numbers)) for key in keys]


class Staged(NamedTuple):
    """Who stands where: (team, place); what that is worth, and a bound on what any plan could be."""

    placed: tuple[tuple[int, int], ...]
    value: float
    bound: float
    gap: float
    method: str


def stage(problem: Problem, seconds: float = 10) -> Staged:
    """Place the teams. The same problem gives the same plan unless `seconds` end it."""
    clock = Clock(seconds)
    search = _Search(problem, clock)
    search.greedy()
    search.improve()
    method = "greedy and exchanges"
    bound = _simple_bound(problem)
    if bound > search.value + _CLOSE * max(1.0, bound):
        multiplied = _multiplied(problem, search.worths(), clock)
        if multiplied < bound:
            method += ", Lagrange bound"
            bound = multiplied
    entries = sum(len(p.covers) for p in problem.places) * len(problem.wanted)
    entries += sum(len(t.options) for t in problem.teams)
    if bound > search.value + _CLOSE * max(1.0, bound) and entries <= MODEL:
        from emergency.plugins.planner import stagemodel

        found = stagemodel.prove(problem, clock)
        if found is not None:
            method += ", HiGHS"
            better, proven = found
            bound = min(bound, proven)
            if better is not None and worth(problem, better) > search.value:
                search.set(better)
                search.improve()
    value = search.value
    # The solver stops at this share of the best; of nothing at all it is a share of one.
    if bound <= value + _CLOSE * max(1.0, bound):
        bound = value
    return Staged(tuple(search.placed()), value, bound, gap_of(value, bound, 1.0), method)


def worth(problem: Problem, placed: Sequence[tuple[int, int]]) -> float:
    """What a plan is worth, reckoned from nothing: for `stage`, and for whoever checks it."""
    total = sum(problem.weights)
    value = 0.0
    times = [[0] * len(problem.weights) for _ in problem.wanted]
    for team, place in placed:
        minutes = dict(problem.teams[team].options)[place]
        value -= price(total, minutes)
        for area in problem.places[place].covers:
            times[problem.teams[team].kind][area] += 1
    for row in times:
        for area, n in enumerate(row):
            value += problem.weights[area] * ((n > 0) + (SECOND if problem.backup and n > 1 else 0.0))
    return value


def price(total: float, minutes: float) -> float:
    """What it costs that a team goes so far."""
    return total * MOVE * (1 + minutes * MINUTE) if minutes > 0 else 0.0


def _multiplied(problem: Problem, worths: Sequence[float], clock: Clock) -> float:
    """A bound by multipliers; infinite without numpy."""
    try:
        from emergency.plugins.planner import stagebound
    except ImportError:
        return float("inf")
    return stagebound.bound(problem, worths, clock)


def _simple_bound(problem: Problem) -> float:
    """No plan covers more than all that some place covers."""
    some = {a for p in problem.places for a in p.covers}
    most = sum(problem.weights[a] for a in some)
    kinds = [k for k, n in enumerate(problem.wanted) if n and any(t.kind == k for t in problem.teams)]
    return sum(most * (1 + (SECOND if problem.backup and problem.wanted[k] > 1 else 0)) for k in kinds)


class _Search:
    """A plan as it grows and changes: who stands where, how often each area is covered, what room is left."""

    def __init__(self, problem: Problem, clock: Clock) -> None:
        self.problem, self.clock = problem, clock
        self.total = sum(problem.weights)
        self.ways = self._ways()
        self.site = sites(problem.places)
        self._clear()

    def _clear(self) -> None:
        self.at: dict[int, int] = {}
        self.times = [[0] * len(self.problem.weights) for _ in self.problem.wanted]
        self.room = {site: p.room for site, p in zip(self.site, self.problem.places, strict=True)}
        self.value = 0.0

    def _ways(self) -> list[list[list[tuple[float, int]]]]:
        """For each kind and place: (price, team) of those that may stand there, the cheapest first."""
        ways: list[list[list[tuple[float, int]]]] = [
            [[] for _ in self.problem.places] for _ in self.problem.wanted
        ]
        for number, team in enumerate(self.problem.teams):
            for place, minutes in team.options:
                ways[team.kind][place].append((price(self.total, minutes), number))
        for kind in ways:
            for row in kind:
                row.sort()
        return ways

    def placed(self) -> list[tuple[int, int]]:
        """(team, place), by team."""
        return sorted(self.at.items())

    def worths(self) -> list[float]:
        """What the plan is worth in each kind."""
        teams = self.problem.teams
        return [
            worth(self.problem, [way for way in self.placed() if teams[way[0]].kind == kind])
            for kind in range(len(self.problem.wanted))
        ]

    def set(self, placed: Sequence[tuple[int, int]]) -> None:
        """Begin again from a plan."""
        self._clear()
        for team, place in placed:
            self._put(team, place)

    def gain(self, kind: int, place: int) -> float:
        """What one team more of a kind at a place would cover."""
        times, weights = self.times[kind], self.problem.weights
        second = SECOND if self.problem.backup else 0.0
        out = 0.0
        for area in self.problem.places[place].covers:
            if times[area] == 0:
                out += weights[area]
            elif times[area] == 1:
                out += weights[area] * second
        return out

    def _cost(self, team: int, place: int) -> float:
        return price(self.total, dict(self.problem.teams[team].options)[place])

    def _put(self, team: int, place: int) -> None:
        kind = self.problem.teams[team].kind
        self.value += self.gain(kind, place) - self._cost(team, place)
        self.at[team] = place
        self.room[self.site[place]] -= 1
        for area in self.problem.places[place].covers:
            self.times[kind][area] += 1

    def _take(self, team: int) -> int:
        place = self.at.pop(team)
        kind = self.problem.teams[team].kind
        self.room[self.site[place]] += 1
        for area in self.problem.places[place].covers:
            self.times[kind][area] -= 1
        self.value -= self.gain(kind, place) - self._cost(team, place)
        return place

    def _best(self, kind: int) -> tuple[float, int, int]:
        """(gain, team, place) of the best that could be added; a gain of 0 where nothing could."""
        best = (0.0, -1, -1)
        for place, row in enumerate(self.ways[kind]):
            if self.room[self.site[place]] < 1:
                continue
            way = next(((cost, team) for cost, team in row if team not in self.at), None)
            if way is None:
                continue
            gain = self.gain(kind, place) - way[0]
            if gain > best[0] + 1e-12:
                best = (gain, way[1], place)
        return best

    def greedy(self) -> None:
        """Place teams one by one, each time where one adds most; it stops where none adds anything."""
        for kind, wanted in enumerate(self.problem.wanted):
            for _turn in range(wanted):
                gain, team, place = self._best(kind)
                if gain <= 0 or self.clock.over:
                    break
                self._put(team, place)

    def improve(self) -> None:
        """Take one out and put in the best, or two for one where there is room, while that is worth more."""
        better = True
        while better and not self.clock.over:
            better = False
            for team in sorted(self.at):
                if self.clock.over:
                    return
                before = self.value
                place = self._take(team)
                gain, other, where = self._best(self.problem.teams[team].kind)
                if gain > 0 and self.value + gain > before + 1e-9 * max(1.0, self.total):
                    self._put(other, where)
                    better = True
                else:
                    self._put(team, place)
