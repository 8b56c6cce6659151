"""Maximal covering as a model for HiGHS: one variable for each site and one for each area."""

from __future__ import annotations

from typing import Any

import numpy as np

from emergency.plugins.planner import highs
from emergency.plugins.planner.coverswaps import Sparse
from emergency.plugins.planner.located import Clock

Array = Any


def prove(
    sparse: Sparse, weight: Array, count: int, clock: Clock, *, whole: bool, nodes: int = 0
) -> tuple[float, Array | None] | None:
    """(bound, chosen columns or None) in the time left, and in so many steps if any are said; None without a solver."""
    if not highs.there():
        return None
    slack = 0.999 if whole else 1e-6
    solved = highs.solve(model(sparse, weight, count), clock, slack=slack, nodes=nodes)
    if solved is None or not np.isfinite(solved.bound):
        return None
    chosen = None
    if solved.values is not None:
        chosen = np.sort(np.argsort(-np.array(solved.values[: sparse.sites]), kind="stable")[:count])
    return (float(np.floor(solved.bound + 1e-6)) if whole else solved.bound), chosen


def model(sparse: Sparse, weight: Array, count: int) -> Any:
    """Covered areas weigh; an area is covered if one of its sites is chosen; so many sites are."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = sparse.sites + sparse.areas, sparse.areas + 1
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.r_[np.zeros(sparse.sites), weight]
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.ones(lp.num_col_)
    lp.row_lower_ = np.r_[float(count), np.zeros(sparse.areas)]
    lp.row_upper_ = np.r_[float(count), np.full(sparse.areas, highspy.kHighsInf)]
    # Each area's row: its sites, then itself.
    many = np.diff(sparse.of_area)
    ends = np.cumsum(many)
    index = np.insert(sparse.site, ends, sparse.sites + np.arange(sparse.areas))
    value = np.insert(np.ones(sparse.entries), ends, -1.0)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.r_[0, sparse.sites + np.r_[0, ends + np.arange(1, sparse.areas + 1)]]
    lp.a_matrix_.index_ = np.r_[np.arange(sparse.sites), index]
    lp.a_matrix_.value_ = np.r_[np.ones(sparse.sites), value]
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * sparse.sites + [kinds.kContinuous] * sparse.areas
    return lp
