"""Solvers for plans: pure functions over arrays. An extra, `[planner]`, brings numpy and HiGHS; without it a
fallback in pure Python answers, and says how good it is.
"""

from emergency.plugins.planner.located import Located
from emergency.plugins.planner.location import maximal_covering, p_median

__all__ = ["Located", "maximal_covering", "p_median"]
