"""The p-median: exchanges for a good choice, Lagrange multipliers for a bound, a solver for the proof.

The multipliers pay each area for being served (Narula and others 1977; Beasley 1985). They also say which
sites cannot be in a better choice than the best known, and those are left out of what follows.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from emergency.plugins.planner.located import Clock, power_to, rounding
from emergency.plugins.planner.swaps import Swaps, greedy

Array = Any
#: Rounds of the multipliers, and how often their own choice is improved by exchanges.
ROUNDS, EVERY = 600, 20
#: Rounds without a better bound until the step is halved; the smallest step.
PATIENCE, LEAST_STEP = 12, 0.002
#: Cells of the matrix that the random search looks at, before a proof is tried and after: what bounds it apart
#: from the clock.
WORK, MORE_WORK = 6e7, 2e9
#: The most entries of a model that the solver is given, and so few sites that branching does better.
MODEL, FEW = 60_000, 25


#: Costs that are so many times the value of a known choice are cut off.
CUT = 8.0


class Best(NamedTuple):
    """A choice (columns), its value, a bound, how they were found, and whether nothing better can be."""

    chosen: Array
    value: float
    bound: float
    method: str
    exact: bool


def solve(cost: Array, count: int, clock: Clock, *, whole: bool) -> Best:
    """Choose `count` columns of a finite cost matrix (areas x sites), 0 < count < sites.

    `whole`: every cost is a whole number, so that a bound may be rounded up. Others are searched in a unit in which
    the greatest is near MOST, since what is rounding is said in it; and what costs more than all of a known choice is
    cut off, or small differences would be lost beside it.
    """
    power = 0 if whole else power_to(float(cost.max()))
    search = _Search(np.ldexp(cost, power) if power else cost, count, clock, whole)
    search.begin()
    if whole or not 0 < CUT * search.value < float(search.cost.max()):
        best = search.run()
    else:
        best = solve(np.minimum(search.cost, 2 * search.value), count, clock, whole=False)
    value, bound = (math.ldexp(figure, -power) for figure in (best.value, best.bound))
    return best._replace(value=value, bound=bound)


class _Search:
    """One search: the best choice so far, the bound, and the sites that can still matter."""

    def __init__(self, cost: Array, count: int, clock: Clock, whole: bool) -> None:
        self.cost, self.count, self.clock, self.whole = cost, count, clock, whole
        self.kept = np.arange(cost.shape[1])
        self.within = cost
        self.pay = np.zeros(cost.shape[0])
        self.bound = float(cost.min(axis=1).sum())
        self.dual = -np.inf
        self.best_saved: Array = None
        self.value = np.inf
        self.chosen = np.zeros(0, dtype=np.int64)
        self.random = np.random.default_rng(1)
        self.work = 0.0

    def begin(self) -> None:
        """A first choice."""
        self.swaps = Swaps(self.cost, greedy(self.cost, self.count, self._over))
        self.swaps.descend(self._over)
        self._take(self.swaps, self.kept)

    def run(self) -> Best:
        """See `solve`; after `begin`."""
        method = "greedy and exchanges"
        if not self._done():
            method += ", Lagrange bound"
            self._bound_it(self.swaps)
        if not self._done():
            self._leave_out()
            self._shake()
        if not self._done():
            method += self._prove()
        if not self._done():
            self._shake(MORE_WORK)
        exact = self.value - self.bound < self._least()
        return Best(self.chosen, self.value, min(self.bound, self.value), method, exact)

    def _over(self) -> bool:
        return self.clock.over

    def _done(self) -> bool:
        """Whether the best is proven, or time is over."""
        return self.clock.over or self.value - self.bound < self._least()

    def _least(self) -> float:
        """A difference that is none; of whole numbers, anything less than 1."""
        return 1 - 1e-6 if self.whole else rounding(self.value)

    def _take(self, swaps: Swaps, columns: Array) -> bool:
        """Remember a choice if it is the best."""
        value = swaps.value
        if value < self.value - rounding(value):
            self.value, self.chosen = value, columns[swaps.chosen]
            return True
        return False

    # -- the bound -------------------------------------------------------------------------------

    def _bound_it(self, swaps: Swaps) -> None:
        """Raise the bound by multipliers, try the choices they make, and leave out what they rule out."""
        self.pay = (swaps.first + np.minimum(swaps.second, swaps.first * 4 + 1)) / 2
        pay, heading = self.pay.copy(), np.zeros(len(self.pay))
        step, since = 1.5, 0
        for turn in range(ROUNDS):
            if self._done() or step < LEAST_STEP:
                return
            bound, slack, open_, saved = self._dual(pay)
            since += 1
            if bound > self.dual + 1e-7 * max(1.0, abs(bound)):
                self._raise(bound, pay, saved)
                since = 0
            if since >= PATIENCE:
                step, since = step / 2, 0
                pay, heading = self.pay.copy(), heading * 0
                continue
            if turn % EVERY == EVERY - 1:
                swaps.set(open_)
                swaps.descend(self._over)
                self._take(swaps, self.kept)
                if self._leave_out():
                    swaps = Swaps(self.within, np.searchsorted(self.kept, np.sort(self.chosen)))
            heading = slack + 0.5 * heading
            length = float(np.square(heading).sum())
            if length == 0:
                return
            pay = np.maximum(pay + step * max(self.value * 1.0005 - bound, 1e-9) / length * heading, 0)

    def _dual(self, pay: Array) -> tuple[float, Array, Array, Array]:
        """(bound, how far each area is from being served once, the sites opened, what each site is worth)."""
        reduced = self.within - pay[:, None]
        np.minimum(reduced, 0, out=reduced)
        saved = reduced.sum(axis=0)
        open_ = np.argpartition(saved, self.count - 1)[: self.count]
        open_.sort()
        slack = 1.0 - (reduced[:, open_] < 0).sum(axis=1)
        return float(pay.sum() + saved[open_].sum()), slack, open_, saved

    def _raise(self, bound: float, pay: Array, saved: Array) -> None:
        self.pay, self.best_saved = pay.copy(), saved
        self.dual = bound
        # What is left out below can only be in choices no better than the best known.
        self.bound = max(self.bound, float(np.ceil(bound - 1e-6)) if self.whole else bound)

    def _leave_out(self) -> bool:
        """Drop the sites whose opening would bring the bound above the best value known; whether any went."""
        if self.best_saved is None or len(self.kept) <= self.count:
            return False
        worst_open = np.partition(self.best_saved, self.count - 1)[self.count - 1]
        with_it = self.dual + np.maximum(self.best_saved - worst_open, 0)
        keep = with_it <= self.value - self._least() + 1e-6 * max(1.0, abs(self.value))
        keep |= np.isin(self.kept, self.chosen)
        if keep.sum() > len(keep) * 0.9:
            return False
        self.kept = self.kept[keep]
        self.within = np.ascontiguousarray(self.within[:, keep])
        self.best_saved = self.best_saved[keep]
        return True

    # -- the search ------------------------------------------------------------------------------

    def _shake(self, work: float = WORK) -> None:
        """Exchange a few sites at random, mend by exchanges, keep what is no worse."""
        if self.within.shape[1] <= self.count:
            return
        swaps = Swaps(self.within, np.searchsorted(self.kept, np.sort(self.chosen)))
        current, value = swaps.chosen.copy(), swaps.value
        most, idle = 2, 0
        while swaps.work < work and not self._done():
            moves = int(self.random.integers(1, most + 1))
            for _turn in range(min(moves, self.count)):
                self._stir(swaps)
            swaps.descend(self._over)
            if swaps.value <= value + rounding(value):
                idle = 0 if swaps.value < value - rounding(value) else idle + 1
                current, value = swaps.chosen.copy(), swaps.value
                if self._take(swaps, self.kept):
                    most = 2
            else:
                idle += 1
                swaps.set(current)
            if idle > 25:
                most, idle = 2 + (most - 1) % min(8, max(2, self.count)), 0

    def _stir(self, swaps: Swaps) -> None:
        """One exchange at random: a site comes, and the one that is least missed then goes."""
        free = np.setdiff1d(np.arange(swaps.cost.shape[1]), swaps.chosen, assume_unique=True)
        comes = int(free[self.random.integers(len(free))])
        lost = swaps.loss - swaps.shared[:, comes]
        # One of the three least missed, so that the way back is not the only one.
        low = np.argpartition(lost, min(3, len(lost)) - 1)[:3]
        swaps.exchange(int(low[self.random.integers(len(low))]), comes)

    # -- the proof -------------------------------------------------------------------------------

    def _prove(self) -> str:
        """Close the gap: by the solver where many sites are chosen, else by branching; returns by which."""
        self._leave_out()
        room = self.value - self._least() - self.dual + 1e-6 * max(1.0, self.value)
        if self.count > FEW:
            from emergency.plugins.planner import radius

            reach = self.pay + room
            if int((self.within <= reach[:, None]).sum()) <= MODEL:
                found = radius.prove(self.within, self.count, reach, self.value, self.clock, whole=self.whole)
                if found is not None:
                    bound, chosen = found
                    if chosen is not None:
                        self._take(Swaps(self.within, chosen), self.kept)
                    self.bound = max(self.bound, min(bound, self.value))
                    return ", HiGHS"
        from emergency.plugins.planner import branching

        proof = branching.prove(self.within, self.count, self.pay, self.value, self._least(), self.clock)
        if proof.chosen is not None:
            self.value, self.chosen = proof.value, np.sort(self.kept[proof.chosen])
        bound = float(np.ceil(proof.bound - 1e-6)) if self.whole else proof.bound
        self.bound = max(self.bound, min(bound, self.value))
        return ", branching"
