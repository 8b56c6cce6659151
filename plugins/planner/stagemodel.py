"""Placing teams as a model for HiGHS."""

from __future__ import annotations

from typing import Any

from emergency.plugins.planner import highs
from emergency.plugins.planner.located import Clock
from emergency.plugins.planner.staging import SECOND, Problem, price, sites

#: The share of the best at which the solver stops.
CLOSE = 1e-7


def prove(problem: Problem, clock: Clock) -> tuple[list[tuple[int, int]] | None, float] | None:
    """(a plan or None, a bound) in the time left; None without a solver or without an answer."""
    if not highs.there():
        return None
    import math

    model = _Model(problem)
    solved = highs.solve(model.lp(), clock, slack=CLOSE * max(1.0, sum(problem.weights)))
    if solved is None or not math.isfinite(solved.bound):
        return None
    plan = None
    if solved.values is not None:
        plan = [model.ways[i] for i in range(len(model.ways)) if solved.values[i] > 0.5]
    return plan, solved.bound


class _Model:
    """Variables: each way that a team may stand, then for each kind and area the first cover and the second."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.ways = [(t, place) for t, team in enumerate(problem.teams) for place, _m in team.options]
        self.places: list[dict[int, list[int]]] = [{} for _ in problem.wanted]
        for number, (team, place) in enumerate(self.ways):
            self.places[problem.teams[team].kind].setdefault(place, []).append(number)
        self.covered: list[dict[int, list[int]]] = [{} for _ in problem.wanted]
        for kind, at in enumerate(self.places):
            for place, numbers in at.items():
                for area in problem.places[place].covers:
                    self.covered[kind].setdefault(area, []).extend(numbers)
        self.areas = [(k, a) for k, found in enumerate(self.covered) for a in sorted(found)]

    def lp(self) -> Any:
        """The model."""
        import highspy
        import numpy as np

        problem, ways, areas = self.problem, self.ways, self.areas
        total = sum(problem.weights)
        minutes = [dict(t.options) for t in problem.teams]
        cost = [-price(total, minutes[team][place]) for team, place in ways]
        cost += [problem.weights[a] for _k, a in areas]
        second = len(ways) + len(areas)
        if problem.backup:
            cost += [problem.weights[a] * SECOND for _k, a in areas]
        rows: list[tuple[list[int], list[float], float]] = []
        for kind, wanted in enumerate(problem.wanted):
            own = [n for n, (team, _p) in enumerate(ways) if problem.teams[team].kind == kind]
            rows.append((own, [1.0] * len(own), float(wanted)))
        by_team: dict[int, list[int]] = {}
        by_site: dict[int, list[int]] = {}
        room: dict[int, int] = {}
        of = sites(problem.places)
        for number, (team, place) in enumerate(ways):
            by_team.setdefault(team, []).append(number)
            by_site.setdefault(of[place], []).append(number)
            room[of[place]] = problem.places[place].room
        rows += [(own, [1.0] * len(own), 1.0) for own in by_team.values()]
        rows += [
            (own, [1.0] * len(own), float(room[site]))
            for site, own in by_site.items()
            if len(own) > room[site]
        ]
        for number, (kind, area) in enumerate(areas):
            near = self.covered[kind][area]
            own = [len(ways) + number] + ([second + number] if problem.backup else [])
            rows.append((own + near, [1.0] * len(own) + [-1.0] * len(near), 0.0))
            if problem.backup:
                rows.append(([second + number, len(ways) + number], [1.0, -1.0], 0.0))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(cost), len(rows)
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.array(cost)
        lp.col_lower_, lp.col_upper_ = np.zeros(len(cost)), np.ones(len(cost))
        lp.row_lower_ = np.full(len(rows), -highspy.kHighsInf)
        lp.row_upper_ = np.array([upper for _i, _v, upper in rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.r_[0, np.cumsum([len(i) for i, _v, _u in rows])]
        lp.a_matrix_.index_ = np.concatenate([np.array(i, dtype=np.int64) for i, _v, _u in rows])
        lp.a_matrix_.value_ = np.concatenate([np.array(v) for _i, v, _u in rows])
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger] * len(ways) + [kinds.kContinuous] * (len(cost) - len(ways))
        return lp
