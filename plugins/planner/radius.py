"""The p-median as a model for HiGHS, by radii (García, Labbé and Marín 2011; Elloumi 2010).

One variable for each site, and for each area and each radius one that is 1 where nothing within it is open.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from emergency.plugins.planner import highs
from emergency.plugins.planner.located import Clock

Array = Any


def prove(
    cost: Array, count: int, reach: Array, value: float, clock: Clock, *, whole: bool
) -> tuple[float, Array | None] | None:
    """(bound, chosen columns if better than `value`) of a cost matrix; None without a solver or without time.

    `reach` is the cost beyond which no area is served in a choice that is better than `value`. The bound
    holds for such choices; where there are none it is `value` itself.
    """
    if not highs.there():
        return None
    solved = highs.solve(model(cost, count, reach), clock, slack=0.999 if whole else 1e-6)
    if solved is None or (not solved.impossible and not np.isfinite(solved.bound)):
        return None
    if solved.impossible:
        return value, None
    chosen = None
    if solved.values is not None:
        chosen = np.sort(np.argsort(-np.array(solved.values[: cost.shape[1]]), kind="stable")[:count])
    return (float(np.ceil(solved.bound - 1e-6)) if whole else solved.bound), chosen


def model(cost: Array, count: int, reach: Array) -> Any:
    """The model, its rows as they come: one for the count, then for each area its radii inwards out."""
    import highspy

    rows, sites = cost.shape
    costs = [np.zeros(sites)]
    starts, index, entry = [0], [np.arange(sites)], [np.ones(sites)]
    lower = [float(count)]
    length, columns, base = sites, sites, 0.0
    for area in range(rows):
        order = np.argsort(cost[area], kind="stable")
        # One site of the count must lie among the nearest sites - count + 1.
        order = order[: min(sites - count + 1, max(1, int((cost[area] <= reach[area]).sum())))]
        radii, first = np.unique(cost[area][order], return_index=True)
        base += float(radii[0])
        costs.append(np.diff(radii))
        for k in range(len(radii)):
            at = order[first[k] : first[k + 1] if k + 1 < len(radii) else len(order)]
            own = [columns + k] if k < len(radii) - 1 else []
            before = [columns + k - 1] if k else []
            starts.append(length)
            index.append(np.concatenate([at, own, before]).astype(np.int64))
            entry.append(np.concatenate([np.ones(len(at) + len(own)), -np.ones(len(before))]))
            length += len(at) + len(own) + len(before)
            lower.append(0.0 if k else 1.0)
        columns += len(radii) - 1
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, len(lower)
    lp.col_cost_ = np.concatenate(costs)
    lp.offset_ = base
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.ones(columns)
    upper = np.full(len(lower), highspy.kHighsInf)
    upper[0] = count
    lp.row_lower_, lp.row_upper_ = np.array(lower), upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([*starts, length])
    lp.a_matrix_.index_ = np.concatenate(index)
    lp.a_matrix_.value_ = np.concatenate(entry)
    kinds = [highspy.HighsVarType.kInteger] * sites + [highspy.HighsVarType.kContinuous] * (columns - sites)
    lp.integrality_ = kinds
    return lp
