"""The call-up model in HiGHS: its linear relaxation for bound and prices, and small whole-number models.

The rows: what comes and what stays short make up each need; a holder that is not called sends nothing;
groups, pools and areas give no more than they have. Built as arrays, never row by row.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.plugins.planner.callmodel import Ready


class Relaxed(NamedTuple):
    """What the relaxation says: cost, share of each holder called, items of each way, price of each need."""

    cost: float
    called: dict[int, float]
    sent: dict[int, float]
    prices: list[float]


class Rows:
    """The matrix, some like rows at a time, with the bounds of its rows."""

    def __init__(self, np: Any, columns: int) -> None:
        self.np, self.columns = np, columns
        self.number = 0
        self._parts: list[tuple[Any, ...]] = []

    def add(self, row: Any, of: Any, by: Any, lower: float, upper: float) -> None:
        """Rows by their entries: of each its row, from 0, its column and by how much of that.

        The entries of a row stay in the order in which they are given; the bounds are those of each row.
        """
        np = self.np
        order = np.argsort(row, kind="stable")
        long = np.bincount(row)
        self._parts.append((long, of[order], by[order], np.full(len(long), lower), np.full(len(long), upper)))
        self.number += len(long)

    def arrays(self) -> tuple[Any, ...]:
        """(where each row begins, the columns it is of, by how much of each, its lower and its upper bound)."""
        np = self.np
        long, of, by, lower, upper = map(np.concatenate, zip(*self._parts, strict=True))
        starts = np.cumsum(long) - long
        return starts.astype(np.int32), of.astype(np.int32), by, lower, upper


class Program:
    """One model given to HiGHS: over some holders and their ways, or over all.

    Where they are `opened`, called anyway, it is asked of the needs that these ways serve alone.
    """

    def __init__(
        self, ready: Ready, holders: Sequence[int], ways: Sequence[int], *, opened: bool = False
    ) -> None:
        import highspy
        import numpy as np

        self.ready, self.holders, self.ways, self.opened = ready, list(holders), list(ways), opened
        self.np = np
        served = {n for w in self.ways for n, _share in ready.shares[w]} if opened else None
        self.needs = [n for n, cost in enumerate(ready.short) if cost and (served is None or n in served)]
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
        np, r = self.np, self.ready
        rows = Rows(np, len(self.ways) + len(self.holders) + 2 * len(self.needs))
        shares = [r.shares[w] for w in self.ways]
        parts = np.array([len(some) for some in shares], dtype=np.int64)
        column = np.repeat(np.arange(len(shares)), parts)
        told = itertools.chain.from_iterable(itertools.chain.from_iterable(shares))
        figures = np.fromiter(told, float, 2 * len(column)).reshape(-1, 2)
        need, share = figures[:, 0].astype(np.int64), figures[:, 1]
        most = np.array([r.most[w] for w in self.ways], dtype=float)
        call = np.array([self._call[r.holder[w]] for w in self.ways], dtype=np.int64)
        alone = parts == 1
        if not self.opened:
            several = np.flatnonzero(~alone)
            self._pairs(rows, several, np.ones(len(several)), call[several], -most[several], -np.inf, 0.0)
        self._demand(rows, column, need, share)
        some = alone[column]
        row = _in_turn(np, call[alone] * len(r.short) + need[some])
        brings = np.bincount(row, share[some] * most[alone])
        # Of who is called anyway a row says nothing that its columns do not say.
        said = brings > 1.0 if self.opened else np.full(len(brings), True)
        self._held(rows, row, column[some], share[some], call[alone], -np.minimum(1.0, brings), said)
        row = _in_turn(np, np.array([r.group[w] for w in self.ways], dtype=np.int64))
        stock = np.zeros(len(np.bincount(row)))
        stock[row] = [r.stock[r.group[w]] for w in self.ways]
        said = (np.bincount(row) > 1) & (np.bincount(row, most) > stock)
        self._held(rows, row, np.arange(len(row)), np.ones(len(row)), call, -stock, said)
        for cap, inside in r.pools:
            mine = [(self._way[w], by) for w, by in inside if w in self._way]
            if mine:
                self._one(rows, [i for i, _by in mine], [by for _i, by in mine], cap)
        for limit, holders in r.areas:
            held = [self._call[h] for h in holders if h in self._call]
            if held:
                self._one(rows, held, [1.0] * len(held), float(limit))
        return rows

    def _demand(self, rows: Rows, column: Any, need: Any, share: Any) -> None:
        """What comes and what stays short make up each need; that anything stays short is counted once more."""
        np, number = self.np, len(self.needs)
        short, missed = (
            np.array([of[n] for n in self.needs], dtype=np.int64) for of in (self._short, self._missed)
        )
        place = np.zeros(len(self.ready.short), dtype=np.int64)
        place[self.needs] = np.arange(number)
        self._first_need = rows.number
        rows.add(
            np.concatenate([np.arange(number), place[need]]), np.concatenate([short, column]),
            np.concatenate([np.ones(number), share]), 1.0, np.inf,
        )  # fmt: skip
        self._pairs(rows, missed, np.ones(number), short, -np.ones(number), 0.0, np.inf)

    def _pairs(
        self, rows: Rows, first: Any, by: Any, second: Any, other: Any, lower: float, upper: float
    ) -> None:
        """Rows of two columns each."""
        np = self.np
        row = np.repeat(np.arange(len(first)), 2)
        rows.add(row, np.stack([first, second], 1).ravel(), np.stack([by, other], 1).ravel(), lower, upper)

    def _held(self, rows: Rows, row: Any, of: Any, by: Any, call: Any, last: Any, said: Any) -> None:
        """Of these rows those that are `said`: what they are of is no more than `last` times its holder is called."""
        np = self.np
        held = np.zeros(len(said), dtype=np.int64)
        held[row] = call
        number, some = np.cumsum(said) - 1, said[row]
        rows.add(
            np.concatenate([number[row[some]], np.arange(said.sum())]), np.concatenate([of[some], held[said]]),
            np.concatenate([by[some], last[said]]), -np.inf, 0.0,
        )  # fmt: skip

    def _one(self, rows: Rows, of: list[int], by: list[float], upper: float) -> None:
        np = self.np
        rows.add(np.zeros(len(of), dtype=np.int64), np.array(of), np.array(by), -np.inf, upper)

    def _pass(self, cost: list[float], lower: list[float], upper: list[float], rows: Rows) -> None:
        import highspy

        np = self.np
        starts, of, by, least, most = rows.arrays()
        self.solver.passModel(
            rows.columns, len(least), len(by), int(highspy.MatrixFormat.kRowwise), 1, 0.0,
            np.array(cost), np.array(lower), np.array(upper), least, most,
            starts if len(starts) else np.zeros(1, dtype=np.int32), of, by, np.zeros(rows.columns, dtype=np.int32),
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


def _in_turn(np: Any, keys: Any) -> Any:
    """For each key the number of its kind, in the order in which they first come."""
    _kinds, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    turn = np.empty(len(first), dtype=np.int64)
    turn[np.argsort(first)] = np.arange(len(first))
    return turn[kind]
