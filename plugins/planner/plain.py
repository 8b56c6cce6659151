"""The location solvers without numpy: choose one by one, exchange while it helps, and a bound that is easy.

For small tables; the answer says of itself how it was found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from emergency.plugins.planner.located import ROUNDING, Clock, Located, gap_of

METHOD = "pure Python, without the extra `planner`: greedy and exchanges, a simple bound"
#: Rounds of the multipliers of a p-median.
ROUNDS = 150
#: The greatest figure that is taken: sums and products of greater ones are none.
LARGEST = 1e290

Table = list[list[float]]


def p_median(cost: Table, counts: list[bool], count: int, clock: Clock) -> Located:
    """See location.p_median; `cost` is weighted, infinities and all; `counts` are the areas that weigh anything."""
    rows, sites = len(cost), len(cost[0]) if cost else 0
    count = min(count, sites)
    finite = [c for row in cost for c in row if c < math.inf]
    beyond = 2 * math.fsum(max((c for c in row if c < math.inf), default=0.0) for row in cost) or 1.0
    model = [[c if c < math.inf else beyond for c in row] for row in cost] if finite else cost

    def worth(chosen: Sequence[int]) -> float:
        return -sum(min((row[j] for j in chosen), default=beyond) for row in model)

    chosen = _choose(sites, count, worth, clock)
    near = [
        min((row[j] for j in chosen), default=math.inf if counts[i] else 0.0) for i, row in enumerate(cost)
    ]
    value = math.fsum(near)
    if count in (0, sites) or not finite:
        bound = value
    else:
        bound = _median_bound(model, count, -worth(chosen), clock)
        if any(all(c == math.inf for c in row) for row in cost) or bound >= beyond:
            bound = math.inf
        bound = min(bound, value)
    lost = tuple(i for i in range(rows) if near[i] == math.inf)
    return Located(tuple(chosen), value, bound, gap_of(value, bound), lost, METHOD)


def maximal_covering(covers: list[list[bool]], weights: list[float], count: int, clock: Clock) -> Located:
    """See location.maximal_covering."""
    rows, sites = len(covers), len(covers[0]) if covers else 0
    count = min(count, sites)
    areas = [frozenset(i for i in range(rows) if covers[i][j]) for j in range(sites)]

    def worth(chosen: Sequence[int]) -> float:
        return math.fsum(weights[i] for i in frozenset().union(*(areas[j] for j in chosen)))

    chosen = _choose(sites, count, worth, clock)
    reached = frozenset().union(*(areas[j] for j in chosen)) if chosen else frozenset()
    value = math.fsum(weights[i] for i in reached)
    # No choice covers more than all, nor more than its best sites would if they shared nothing.
    alone = sorted((math.fsum(weights[i] for i in area) for area in areas), reverse=True)
    every = math.fsum(weights[i] for i in frozenset().union(*areas)) if areas else 0.0
    bound = max(value, min(every, math.fsum(alone[:count])))
    lost = tuple(i for i in range(rows) if i not in reached)
    return Located(tuple(chosen), value, bound, gap_of(value, bound), lost, METHOD)


def _choose(sites: int, count: int, worth: Callable[[Sequence[int]], float], clock: Clock) -> list[int]:
    """Sites chosen one by one, then exchanged while that makes them worth more."""
    chosen: list[int] = []
    for _turn in range(count):
        free = [j for j in range(sites) if j not in chosen]
        chosen.append(free[0] if clock.over else max(free, key=lambda j: (worth([*chosen, j]), -j)))
    best, better = worth(chosen), True
    while better and not clock.over:
        better = False
        for place in range(len(chosen)):
            for j in range(sites):
                if j in chosen or clock.over:
                    continue
                other = [*chosen[:place], j, *chosen[place + 1 :]]
                now = worth(other)
                if now > best + ROUNDING * abs(best):
                    chosen, best, better = other, now, True
    return sorted(chosen)


def _median_bound(cost: Table, count: int, value: float, clock: Clock) -> float:
    """A bound by multipliers: what is paid to serve each area, moved towards being served once."""
    bound = math.fsum(min(row) for row in cost)
    pay = [min(row) + (sum(row) / len(row) - min(row)) / 4 for row in cost]
    step = 1.0
    for turn in range(ROUNDS):
        if clock.over or bound >= value:
            break
        saved = [
            math.fsum(min(0.0, row[j] - u) for row, u in zip(cost, pay, strict=True))
            for j in range(len(cost[0]))
        ]
        open_ = sorted(range(len(saved)), key=saved.__getitem__)[:count]
        now = math.fsum(pay) + math.fsum(saved[j] for j in open_)
        bound = max(bound, now)
        slack = [1 - sum(row[j] < u for j in open_) for row, u in zip(cost, pay, strict=True)]
        length = sum(s * s for s in slack)
        if not length:
            break
        step = step / 2 if turn % 20 == 19 else step
        pay = [max(0.0, u + step * (value - now) / length * s) for u, s in zip(pay, slack, strict=True)]
    return bound


# -- reading ----------------------------------------------------------------------------------------


def read_costs(distances: Any, weights: Any) -> tuple[Table, list[bool]]:
    """(weighted costs, which areas count) of nested lists. Raises ValueError."""
    table = _table(distances, "distances")
    factors = [1.0] * len(table) if weights is None else read_weights(weights, len(table))
    if any(c < 0 for row in table for c in row):
        raise ValueError("distances are never negative")
    cost = [[0.0 if f == 0 else c * f for c in row] for row, f in zip(table, factors, strict=True)]
    if any(
        math.isinf(d) and not math.isinf(c)
        for row, given in zip(cost, table, strict=True)
        for d, c in zip(row, given, strict=True)
    ):
        raise ValueError("distances are too large for these weights")
    return cost, [f > 0 for f in factors]


def read_covers(covers: Any, weights: Any) -> tuple[list[list[bool]], list[float]]:
    """Covers and weights of nested lists. Raises ValueError."""
    table = _table(covers, "covers")
    if any(c not in (0, 1) for row in table for c in row):
        raise ValueError("covers are true or false, 1 or 0")
    return [[c == 1 for c in row] for row in table], read_weights(weights, len(table))


def read_weights(weights: Any, rows: int) -> list[float]:
    """One figure an area. Raises ValueError."""
    try:
        out = [_number(w) for w in weights]
    except (TypeError, ValueError, OverflowError):
        raise ValueError("weights are not numbers, one an area") from None
    if len(out) != rows:
        raise ValueError(f"weights are not {rows} figures, one an area")
    if not all(map(math.isfinite, out)):
        raise ValueError("weights are finite")
    if any(w < 0 for w in out):
        raise ValueError("weights are never negative")
    if any(w > LARGEST for w in out):
        raise ValueError("weights are too large")
    return out


def _number(given: Any) -> float:
    """A figure; text is none, even of digits. Raises TypeError and its kin."""
    if isinstance(given, (str, bytes)):
        raise TypeError
    return float(given)


def _table(given: Any, name: str) -> Table:
    try:
        table = [[_number(c) for c in row] for row in given]
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} is not a table of numbers: areas x sites") from None
    if len({len(row) for row in table}) > 1:
        raise ValueError(f"{name} is not a table of numbers: areas x sites")
    if any(math.isnan(c) for row in table for c in row):
        raise ValueError(f"{name} has NaN in it")
    if any(c == -math.inf for row in table for c in row):
        raise ValueError(f"{name} has minus infinity in it")
    if any(LARGEST < abs(c) < math.inf for row in table for c in row):
        raise ValueError(f"{name} has figures that are too large")
    return table
