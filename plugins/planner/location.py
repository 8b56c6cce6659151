"""Where to place a few of many: the p-median and maximal covering, for anyone with their own data.

Both take numpy arrays or nested lists, areas x sites, and answer with a choice, its value and a proven bound.
"""

from __future__ import annotations

import math
from typing import Any

from emergency.plugins.planner import plain
from emergency.plugins.planner.located import Clock, Located, gap_of

#: Costs above this lose whole numbers in floating point.
_MOST = 2.0**52


def p_median(distances: Any, p: int, seconds: float = 10, *, weights: Any = None) -> Located:
    """Choose p sites so that the areas are nearest to them: the least sum of weight x distance to the nearest.

    `distances` is areas x sites, none negative; infinity where a site cannot serve an area. Each area counts
    `weights` (one figure an area, none negative), or 1: rows that the caller has weighted need none. All sites
    are chosen where there are fewer than p. The value is infinite where some area is reached by no chosen site.
    `seconds` ends the search; the same input gives the same answer unless it does. Raises ValueError.
    """
    clock = _clock(seconds)
    count = _count(p)
    if not _numpy():
        return plain.p_median(*plain.read_costs(distances, weights), count, clock)
    import numpy as np

    from emergency.plugins.planner import median

    given = _matrix(np, distances, "distances")
    _refuse(bool((given < 0).any()), "distances are never negative")
    weight = np.ones(len(given)) if weights is None else _weights(np, weights, len(given))
    # What does not count need not be reached: nothing times infinity is nothing.
    counts = weight > 0
    cost = np.where(counts[:, None], given, 0.0) * weight[:, None] if weights is not None else given
    rows, sites = cost.shape
    count = min(count, sites)
    reachable = np.isfinite(cost).any(axis=1) if sites else np.zeros(rows, dtype=bool)
    if count and (count == sites or not reachable.any()):
        return _finish(
            np, cost, np.arange(count), "all sites" if count == sites else "no area can be reached"
        )
    if count == 0:
        lost = np.flatnonzero(counts)
        value = math.inf if len(lost) else 0.0
        return Located((), value, value, 0.0, tuple(map(int, lost)), "no site may be chosen")
    model, beyond = _finite(np, cost[reachable])
    whole = bool((model == np.floor(model)).all())
    best = median.solve(model, count, clock, whole=whole)
    exact = best.value - best.bound < (1 - 1e-6 if whole else 1e-9 * max(1.0, best.value))
    bound = math.inf if not reachable.all() else best.value if exact else best.bound
    return _finish(np, cost, np.sort(best.chosen), best.method, bound=bound, beyond=beyond)


def maximal_covering(covers: Any, weights: Any, p: int, seconds: float = 10) -> Located:
    """Choose p sites so that the areas that at least one of them covers weigh most.

    `covers` is areas x sites, true or 1 where a site covers an area; `weights` one figure an area, none negative.
    All sites are chosen where there are fewer than p, and sites that add nothing fill the number up.
    `seconds` ends the search; the same input gives the same answer unless it does. Raises ValueError.
    """
    clock = _clock(seconds)
    count = _count(p)
    if not _numpy():
        return plain.maximal_covering(*plain.read_covers(covers, weights), count, clock)
    import numpy as np

    from emergency.plugins.planner import covering

    given = _covers(np, covers)
    weight = _weights(np, weights, len(given))
    best = covering.solve(given, weight, min(count, given.shape[1]), clock)
    reached = given[:, best.chosen].any(axis=1)
    value = float(weight[reached].sum())
    bound = value if best.bound - value < best.least else best.bound
    return Located(
        tuple(map(int, np.sort(best.chosen))),
        value,
        bound,
        gap_of(value, bound),
        tuple(map(int, np.flatnonzero(~reached))),
        best.method,
    )


def _finish(
    np: Any, cost: Any, chosen: Any, method: str, *, bound: float | None = None, beyond: float = 0.0
) -> Located:
    """The answer for chosen sites; without a bound there is no other choice, and with one of `beyond` none reaches all."""
    near = cost[:, chosen].min(axis=1) if len(chosen) else np.full(len(cost), np.inf)
    value = float(near.sum())
    if bound is None or (beyond and bound >= beyond):
        bound = value if bound is None else math.inf
    return Located(
        tuple(map(int, chosen)),
        value,
        bound,
        gap_of(value, bound),
        tuple(map(int, np.flatnonzero(~np.isfinite(near)))),
        method,
    )


def _finite(np: Any, cost: Any) -> tuple[Any, float]:
    """(the costs with a figure for each infinity, the figure; 0 where there is none).

    The figure is more than any choice costs that reaches all: what reaches one area more is always better.
    """
    reached = np.isfinite(cost)
    if reached.all():
        return cost, 0.0
    most = np.where(reached, cost, 0).max(axis=1).sum()
    beyond = float(np.floor(most) + 1)
    _refuse(beyond * len(cost) > _MOST, "distances are too large")
    return np.where(reached, cost, beyond), beyond


def _numpy() -> bool:
    """Whether numpy is there; it comes with the extra `planner`."""
    try:
        import numpy  # noqa: F401
    except ImportError:
        return False
    return True


def _matrix(np: Any, given: Any, name: str) -> Any:
    """A table of figures as doubles. Raises ValueError for anything else."""
    try:
        table = np.array(given, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} is not a table of numbers: areas x sites") from None
    if table.size == 0 and table.ndim < 2:
        table = table.reshape(0, 0)
    _refuse(table.ndim != 2, f"{name} has {table.ndim} dimensions, not 2: areas x sites")
    _refuse(bool(np.isnan(table).any()), f"{name} has NaN in it")
    _refuse(bool((table == -np.inf).any()), f"{name} has minus infinity in it")
    finite = table[np.isfinite(table)]
    _refuse(finite.size > 0 and float(np.abs(finite).max()) > 1e290, f"{name} has figures that are too large")
    return table


def _covers(np: Any, given: Any) -> Any:
    """A table of booleans. Raises ValueError for anything else."""
    if isinstance(given, np.ndarray) and given.dtype == bool and given.ndim == 2:
        return given
    table = _matrix(np, given, "covers")
    _refuse(not bool(((table == 0) | (table == 1)).all()), "covers are true or false, 1 or 0")
    return table != 0


def _weights(np: Any, given: Any, rows: int) -> Any:
    """One figure an area. Raises ValueError."""
    try:
        weight = np.array(given, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("weights are not numbers, one an area") from None
    _refuse(weight.ndim != 1 or len(weight) != rows, f"weights are not {rows} figures, one an area")
    _refuse(not bool(np.isfinite(weight).all()), "weights are finite")
    _refuse(bool((weight < 0).any()), "weights are never negative")
    _refuse(len(weight) > 0 and float(weight.max()) > 1e290, "weights are too large")
    return weight


def _count(p: Any) -> int:
    try:
        count = int(p)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("p is a whole number of sites") from None
    _refuse(isinstance(p, bool) or count != p, "p is a whole number of sites")
    _refuse(count < 0, "p is never negative")
    return count


def _clock(seconds: Any) -> Clock:
    try:
        limit = float(seconds)
    except (TypeError, ValueError):
        raise ValueError("seconds are a number") from None
    _refuse(not limit >= 0, "seconds are never negative")
    return Clock(limit)


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ValueError(why)
