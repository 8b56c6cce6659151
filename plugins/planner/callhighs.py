"""The call-up model in HiGHS: its linear relaxation for bound and prices, and small whole-number models.

The rows: what comes and what stays short make up each need; a holder that is not called sends nothing;
groups, pools and areas give no more than they have. Built as arrays, never row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from emergency.plugins.planner.callmodel import Ready


class Relaxed(NamedTuple):
    """What the relaxation says: cost, share of each holder called, items of each way, price of each need."""

    cost: float
    called: dict[int, float]
    sent: dict[int, float]
    prices: list[float]


class Rows:
    """The matrix row by row, with the bounds of its rows."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        #: Where each row begins among the columns it is of, and by how much of each.
        self.starts: list[int] = [0]
        self.of: list[int] = []
        self.by: list[float] = []
        self.lower: list[float] = []
        self.upper: list[float] = []

    def add(self, of: Sequence[int], by: Sequence[float], lower: float, upper: float) -> None:
        """One row."""
        self.of += of
        self.by += by
        self.starts.append(len(self.of))
        self.lower.append(lower)
        self.upper.append(upper)


class Program:
    """One model given to HiGHS: over some holders and their ways, or over all."""

    def __init__(
        self, ready: Ready, holders: Sequence[int], ways: Sequence[int], *, opened: bool = False
    ) -> None:
        import highspy
        import numpy as np

        self.ready, self.holders, self.ways, self.opened = ready, list(holders), list(ways), opened
        self.np = np
        self.needs = [n for n, cost in enumerate(ready.short) if cost]
        self._way = {w: i for i, w in enumerate(self.ways)}
        first = len(self.ways)
        self._call = {h: first + i for i, h in enumerate(self.holders)}
        self._short = {n: first + len(self.holders) + i for i, n in enumerate(self.needs)}
        # The class above it prints who it is before anybody can tell it not to.
        self._missed = {n: self._short[n] + len(self.needs) for n in self.needs}
        self.solver = highspy._core._Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            self.solver.setOptionValue(option, value)
        cost = [ready.cost[w] for w in self.ways]
        cost += [ready.price[h] for h in self.holders] + [ready.short[n] for n in self.needs]
        cost += [ready.missed[n] for n in self.needs]
        upper = [float(ready.most[w]) for w in self.ways] + [1.0] * (len(self.holders) + 2 * len(self.needs))
        lower = [0.0] * first + [float(opened)] * len(self.holders) + [0.0] * (2 * len(self.needs))
        self._pass(cost, lower, upper, self._rows())

    def _rows(self) -> Rows:
        r, rows = self.ready, Rows(len(self.ways) + len(self.holders) + 2 * len(self.needs))
        inf, most = self.np.inf, r.most
        #: {need: (columns, shares)} and {(holder, need): (columns, shares, what they bring together)}.
        demand: dict[int, tuple[list[int], list[float]]] = {n: ([self._short[n]], [1.0]) for n in self.needs}
        links: dict[tuple[int, int], tuple[list[int], list[float], list[float]]] = {}
        groups: dict[int, list[int]] = {}
        for i, w in enumerate(self.ways):
            shares = r.shares[w]
            for n, share in shares:
                columns, figures = demand[n]
                columns.append(i)
                figures.append(share)
            groups.setdefault(r.group[w], []).append(i)
            if len(shares) == 1:
                n, share = shares[0]
                columns, figures, brings = links.setdefault((r.holder[w], n), ([], [], []))
                columns.append(i)
                figures.append(share)
                brings.append(share * most[w])
            elif not self.opened:
                rows.add((i, self._call[r.holder[w]]), (1.0, -float(most[w])), -inf, 0.0)
        self._first_need = len(rows.lower)
        for columns, figures in demand.values():
            rows.add(columns, figures, 1.0, inf)
        for n in self.needs:
            rows.add((self._missed[n], self._short[n]), (1.0, -1.0), 0.0, inf)
        for (holder, _need), (columns, figures, brings) in links.items():
            # Of who is called anyway a row says nothing that its columns do not say.
            if not self.opened or sum(brings) > 1.0:
                rows.add([*columns, self._call[holder]], [*figures, -min(1.0, sum(brings))], -inf, 0.0)
        for group, some in groups.items():
            count = float(r.stock[group])
            if len(some) > 1 and sum(most[self.ways[i]] for i in some) > count:
                called = self._call[r.holder[self.ways[some[0]]]]
                rows.add([*some, called], [1.0] * len(some) + [-count], -inf, 0.0)
        for cap, inside in r.pools:
            mine = [(self._way[w], share) for w, share in inside if w in self._way]
            if mine:
                rows.add([i for i, _share in mine], [share for _i, share in mine], -inf, cap)
        for limit, holders in r.areas:
            held = [self._call[h] for h in holders if h in self._call]
            if held:
                rows.add(held, [1.0] * len(held), -inf, float(limit))
        return rows

    def _pass(self, cost: list[float], lower: list[float], upper: list[float], rows: Rows) -> None:
        import highspy

        np = self.np
        starts = np.array(rows.starts, dtype=np.int32)
        self.solver.passModel(
            rows.columns, len(rows.lower), len(rows.by), int(highspy.MatrixFormat.kRowwise), 1, 0.0,
            np.array(cost), np.array(lower), np.array(upper), np.array(rows.lower), np.array(rows.upper),
            starts[:-1].copy() if len(starts) > 1 else starts, np.array(rows.of, dtype=np.int32),
            np.array(rows.by, dtype=float), np.zeros(rows.columns, dtype=np.int32),
        )  # fmt: skip

    # -- solving ---------------------------------------------------------------------------------

    def relax(self) -> Relaxed:
        """The linear relaxation: a quarter sooner as it is than made smaller first."""
        self.solver.setOptionValue("presolve", "off")
        self.solver.run()
        solution = self.solver.getSolution()
        values, duals = solution.col_value, solution.row_dual
        prices = [0.0] * len(self.ready.short)
        for i, n in enumerate(self.needs, self._first_need):
            prices[n] = max(0.0, duals[i])
        return Relaxed(
            self.solver.getInfo().objective_function_value,
            {h: values[c] for h, c in self._call.items() if values[c] > 1e-7},
            {w: items for w, items in zip(self.ways, values, strict=False) if items > 1e-7},
            prices,
        )

    def whole(
        self, *, holders: bool, items: bool, seconds: float, gap: float
    ) -> tuple[Relaxed | None, float]:
        """Holders, items or both in whole numbers: (the best found, a cost none can go below).

        It is given no plan to begin from: HiGHS 1.16 has taken one for another in its presolve, and called
        a plan a quarter dearer than the best optimal.
        """
        import highspy

        np, solver = self.np, self.solver
        first, second = len(self.ways), len(self.ways) + len(self.holders)
        chosen = [*(range(first) if items else ()), *(range(first, second) if holders else ())]
        chosen += self._missed.values()
        kinds = np.full(len(chosen), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        solver.changeColsIntegrality(len(chosen), np.array(chosen, dtype=np.int32), kinds)
        solver.setOptionValue("presolve", "choose")
        solver.setOptionValue("time_limit", max(0.05, seconds))
        solver.setOptionValue("mip_rel_gap", gap)
        solver.run()
        info = solver.getInfo()
        bound = float(info.mip_dual_bound)
        if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            return None, bound
        values = solver.getSolution().col_value
        return Relaxed(
            float(info.objective_function_value),
            {h: values[c] for h, c in self._call.items() if values[c] > 0.5},
            {w: values[i] for i, w in enumerate(self.ways) if values[i] > 1e-7},
            [],
        ), bound

    def set_most(self, ways: Sequence[int], figures: Sequence[float]) -> None:
        """Change how many items may go these ways."""
        np = self.np
        at = np.array([self._way[w] for w in ways], dtype=np.int32)
        self.solver.changeColsBounds(len(at), at, np.zeros(len(at)), np.array(figures, dtype=float))
