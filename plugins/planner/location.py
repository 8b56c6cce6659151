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
    cost = given
    if weights is not None:
        with np.errstate(over="ignore"):
            cost = np.where(counts[:, None], given, 0.0) * weight[:, None]
        _refuse(
            bool((np.isinf(cost) & np.isfinite(given)).any()), "distances are too large for these weights"
        )
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
    model, beyond, whole = _finite(np, cost[reachable])
    best = median.solve(model, count, clock, whole=whole)
    # Where some area is beyond reach of all, or of any choice, so is the bound.
    none = not reachable.all() or bool(beyond and best.bound >= beyond)
    bound = math.inf if none else None if best.exact else best.bound
    return _finish(np, cost, np.sort(best.chosen), best.method, bound=bound)


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


def _finish(np: Any, cost: Any, chosen: Any, method: str, *, bound: float | None = None) -> Located:
    """The answer for chosen sites; without a bound there is no better choice."""
    near = cost[:, chosen].min(axis=1) if len(chosen) else np.full(len(cost), np.inf)
    value = float(near.sum())
    bound = value if bound is None else min(bound, value)
    return Located(
        tuple(map(int, chosen)),
        value,
        bound,
        gap_of(value, bound),
        tuple(map(int, np.flatnonzero(~np.isfinite(near)))),
        method,
    )


def _finite(np: Any, cost: Any) -> tuple[Any, float, bool]:
    """(the costs with a figure for each infinity; the figure, 0 where there is none; whether all are whole numbers).

    The figure is more than any choice costs that reaches all: what reaches one area more is always better. Whole
    numbers count as such while their sums stay whole.
    """
    reached = np.isfinite(cost)
    known = cost if reached.all() else np.where(reached, cost, 0.0)
    most = float(known.max(axis=1).sum())
    whole = (2 * most + 1) * len(cost) < _MOST and bool((known == np.floor(known)).all())
    if known is cost:
        return cost, 0.0, whole
    beyond = 2 * most if most else 1.0
    return np.where(reached, cost, beyond), beyond, whole


def _numpy() -> bool:
    """Whether numpy is there; it comes with the extra `planner`."""
    try:
        import numpy  # noqa: F401
    except ImportError:
        return False
    return True


def _matrix(np: Any, given: Any, name: str) -> Any:
    """A table of figures as doubles. Raises ValueError for anything else."""
    table = _numbers(np, given, f"{name} is not a table of numbers: areas x sites")
    if table.size == 0 and table.ndim < 2:
        table = table.reshape(0, 0)
    _refuse(table.ndim != 2, f"{name} has {table.ndim} dimensions, not 2: areas x sites")
    _refuse(bool(np.isnan(table).any()), f"{name} has NaN in it")
    _refuse(bool((table == -np.inf).any()), f"{name} has minus infinity in it")
    finite = table[np.isfinite(table)]
    _refuse(
        finite.size > 0 and float(np.abs(finite).max()) > plain.LARGEST,
        f"{name} has figures that are too large",
    )
    return table


def _numbers(np: Any, given: Any, why: str) -> Any:
    """An array of doubles: text is none, even of digits, nor is what would lose a part. Raises ValueError."""
    try:
        table = np.asarray(given)
        odd = table.dtype.kind not in "biufO" or (
            table.dtype.kind == "O" and any(isinstance(cell, (str, bytes)) for cell in table.flat)
        )
        if not odd:
            return np.array(table, dtype=float)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(why)


def _covers(np: Any, given: Any) -> Any:
    """A table of booleans. Raises ValueError for anything else."""
    if isinstance(given, np.ndarray) and given.dtype == bool and given.ndim == 2:
        return given
    table = _matrix(np, given, "covers")
    _refuse(not bool(((table == 0) | (table == 1)).all()), "covers are true or false, 1 or 0")
    return table != 0


def _weights(np: Any, given: Any, rows: int) -> Any:
    """One figure an area. Raises ValueError."""
    weight = _numbers(np, given, "weights are not numbers, one an area")
    _refuse(weight.ndim != 1 or len(weight) != rows, f"weights are not {rows} figures, one an area")
    _refuse(not bool(np.isfinite(weight).all()), "weights are finite")
    _refuse(bool((weight < 0).any()), "weights are never negative")
    _refuse(len(weight) > 0 and float(weight.max()) > plain.LARGEST, "weights are too large")
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
