"""HiGHS, silent and with a limit of time; it comes with the extra `planner`."""

from __future__ import annotations

from typing import Any, NamedTuple

from emergency.plugins.planner.located import Clock

#: Less time than this is not worth beginning in, in seconds.
LEAST = 0.2


class Solved(NamedTuple):
    """How a model of whole numbers ended."""

    #: Proven for the model as it was given; infinite where nothing is.
    bound: float
    #: The values of all its variables, None without a solution.
    values: Any
    #: Whether it has no solution.
    impossible: bool


def solve(model: Any, clock: Clock, *, slack: float, nodes: int = 0) -> Solved | None:
    """Solve a HighsLp until the best is known to within `slack`, or so many nodes of its tree have been looked at.

    None without HiGHS or without time.

    No known solution is handed over: HiGHS 1.16 took one for another in its presolve, and called
    what was far from the best proven.
    """
    try:
        import highspy
    except ImportError:
        return None
    left = clock.left()
    if left < LEAST:
        return None
    # The class above it prints who it is before anybody can tell it not to.
    solver = highspy._core._Highs()
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "time_limit": left,
        "random_seed": 1,
    }
    for name, value in {**options, "mip_rel_gap": 0.0, "mip_abs_gap": slack}.items():
        solver.setOptionValue(name, value)
    if nodes:
        solver.setOptionValue("mip_max_nodes", nodes)
    solver.passModel(model)
    solver.run()
    info = solver.getInfo()
    found = solver.getSolution().col_value if info.primal_solution_status == 2 else None
    impossible = solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
    return Solved(float(info.mip_dual_bound), found, impossible)


def there() -> bool:
    """Whether HiGHS is installed."""
    try:
        import highspy  # noqa: F401
    except ImportError:
        return False
    return True
