"""Call-ups made up in memory: a city or a region, with needs that are easily met, contested, or too many."""

from __future__ import annotations

import math
import random
from typing import NamedTuple

from emergency.plugins.planner.callmodel import Model, Need


class Size(NamedTuple):
    """How much there is, and how much of it is asked for."""

    teams: int
    items: int
    needs: int
    kinds: int
    #: Share of what there is of a kind that all needs for it ask together.
    load: float
    #: Kilometres across.
    across: float


SIZES = {
    "city, normal": Size(500, 20_000, 50, 25, 0.15, 100),
    "city, contested": Size(500, 20_000, 50, 25, 0.85, 100),
    "city, too much asked": Size(500, 20_000, 50, 25, 1.5, 100),
    "region, 50 needs": Size(10_000, 1_000_000, 50, 25, 0.012, 600),
}


def made(size: Size, seed: int) -> Model:
    """One call-up; the same seed makes the same."""
    draw = random.Random(seed)
    towns = [(draw.uniform(0, size.across), draw.uniform(0, size.across)) for _ in range(12)]

    def place() -> tuple[float, float]:
        x, y = draw.choice(towns)
        return x + draw.gauss(0, size.across / 20), y + draw.gauss(0, size.across / 20)

    homes = [place() for _ in range(size.teams)]
    incidents = [place() for _ in range(max(1, size.needs // 5))]
    holder: list[int] = []
    count: list[int] = []
    kinds: list[int] = []
    gives: list[float] = []
    stock = [0.0] * size.kinds
    each = size.items / size.teams
    for team in range(size.teams):
        left = max(1, round(draw.lognormvariate(math.log(each), 0.6)))
        for kind in draw.sample(range(size.kinds), min(size.kinds, draw.randint(6, 12))):
            items = min(left, max(1, round(left * draw.uniform(0.05, 0.3))))
            figure = draw.choice((1.0, 1.0, 2.0, 3.0, 5.0))
            holder.append(team)
            count.append(items)
            kinds.append(kind)
            gives.append(figure)
            stock[kind] += items * figure
            left -= items
            if left <= 0:
                break
    needs, wanted = [], []
    for n in range(size.needs):
        kind = draw.randrange(size.kinds)
        wanted.append((kind, incidents[n % len(incidents)]))
    for kind, _at in wanted:
        alike = sum(other == kind for other, _there in wanted)
        amount = max(1.0, round(stock[kind] * size.load / alike * draw.uniform(0.7, 1.3)))
        needs.append(Need(amount, draw.choice((45.0, 60.0, 90.0, 120.0)), draw.choice((1.0, 2.0, 4.0))))
    of_kind: dict[int, list[int]] = {}
    for n, (kind, _at) in enumerate(wanted):
        of_kind.setdefault(kind, []).append(n)
    turnout = [draw.uniform(2, 15) for _ in range(size.teams)]
    group, minutes, need, figure_of = [], [], [], []
    for g, team in enumerate(holder):
        x, y = homes[team]
        for n in of_kind.get(kinds[g], ()):
            at = wanted[n][1]
            group.append(g)
            minutes.append(turnout[team] + math.hypot(x - at[0], y - at[1]) * 1.3 / 40 * 60)
            need.append(n)
            figure_of.append(gives[g])
    ways = range(len(group))
    return Model(needs, [1.0] * size.teams, holder, count, group, minutes, ways, need, figure_of)
