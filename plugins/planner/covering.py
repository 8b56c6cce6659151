"""Maximal covering: areas alike are one, exchanges for a good choice, multipliers for a bound, HiGHS for the proof.

The multipliers say how much of an area's weight its sites may claim (Galvão and ReVelle 1996); what they leave
of no account is left out of the model that the solver gets.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from emergency.plugins.planner.coverswaps import CoverSwaps, Sparse
from emergency.plugins.planner.located import Clock

Array = Any
#: Rounds of the multipliers, how often their choice is improved by exchanges, and when the step is halved.
ROUNDS, EVERY, PATIENCE, LEAST_STEP = 700, 35, 15, 0.001
#: Entries looked at by the random search, before the solver is asked and after: what bounds it apart from the clock.
WORK, MORE_WORK = 3e7, 1e9
#: The most entries of a model that the solver is given.
MODEL = 80_000


class Best(NamedTuple):
    """A choice (columns), a bound on the weight covered, what difference is none, and how they were found."""

    chosen: Array
    bound: float
    least: float
    method: str


def solve(covers: Array, weight: Array, count: int, clock: Clock) -> Best:
    """Choose `count` columns of a matrix of booleans (areas x sites) that cover the most weight."""
    whole = bool((weight == np.floor(weight)).all())
    least = 1 - 1e-6 if whole else 1e-9 * max(1.0, float(weight.sum()))
    useful = covers[(weight > 0) & covers.any(axis=1)]
    weight = weight[(weight > 0) & covers.any(axis=1)]
    columns = np.flatnonzero(useful.any(axis=0))
    areas, weight = _merged(useful if len(columns) == covers.shape[1] else useful[:, columns], weight)
    if len(columns) <= count:
        chosen, bound, method = columns, float(weight.sum()), "all sites that cover anything"
    elif count == 0:
        chosen, bound, method = columns[:0], 0.0, "no site may be chosen"
    else:
        search = _Search(areas, weight, count, clock, whole, least)
        found, bound, method = search.run()
        chosen = columns[found]
    spare = np.setdiff1d(np.arange(covers.shape[1]), chosen)[: count - len(chosen)]
    return Best(np.sort(np.r_[chosen, spare]).astype(np.int64), bound, least, method)


def _merged(covers: Array, weight: Array) -> tuple[Array, Array]:
    """Areas that the same sites cover, as one area each."""
    if not len(covers):
        return covers, weight
    packed = np.ascontiguousarray(np.packbits(covers, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _unique, first, back = np.unique(keys, return_index=True, return_inverse=True)
    return covers[first], np.bincount(back.ravel(), weights=weight, minlength=len(first))


class _Search:
    """One search: the best choice so far, the bound, and the sites that can still matter."""

    def __init__(
        self, covers: Array, weight: Array, count: int, clock: Clock, whole: bool, least: float
    ) -> None:
        self.covers, self.weight, self.count, self.clock = covers, weight, count, clock
        self.whole, self.least = whole, least
        self.kept = np.arange(covers.shape[1])
        self.sparse = Sparse(covers)
        self.bound = float(weight.sum())
        self.dual = np.inf
        self.claims: Array = None
        self.value, self.chosen = -np.inf, np.zeros(0, dtype=np.int64)
        self.random = np.random.default_rng(1)

    def run(self) -> tuple[Array, float, str]:
        """(columns, bound, method)."""
        method = "greedy and exchanges"
        swaps = CoverSwaps(self.sparse, self.weight, self.count)
        swaps.greedy(self._over)
        swaps.descend(self._over)
        self._take(swaps)
        if not self._done():
            method += ", Lagrange bound"
            self._bound_it(swaps)
        if not self._done():
            self._leave_out()
            self._shake()
        if not self._done():
            method += self._prove()
        if not self._done():
            self._shake(MORE_WORK)
        return self.chosen, max(self.bound, self.value), method

    def _over(self) -> bool:
        return self.clock.over

    def _done(self) -> bool:
        return self.clock.over or self.bound - self.value < self.least

    def _take(self, swaps: CoverSwaps) -> None:
        """Remember a choice if it is the best."""
        if swaps.value > self.value + 1e-9 * max(1.0, swaps.value):
            self.value, self.chosen = swaps.value, np.sort(self.kept[swaps.chosen])

    # -- the bound -------------------------------------------------------------------------------

    def _bound_it(self, swaps: CoverSwaps) -> None:
        """Lower the bound by multipliers, and try the choices they make."""
        share = np.where(swaps.times > 0, self.weight / np.maximum(swaps.times, 1), self.weight)
        best, heading = share, np.zeros(len(share))
        step, since = 1.0, 0
        for turn in range(ROUNDS):
            if self._done() or step < LEAST_STEP:
                return
            claims = self.sparse.total(share)
            open_ = np.argpartition(-claims, self.count - 1)[: self.count]
            bound = float((self.weight - share).sum() + claims[open_].sum())
            since += 1
            if bound < self.dual - 1e-7 * max(1.0, abs(bound)):
                self.dual, self.claims, best, since = bound, claims, share, 0
                self.bound = min(self.bound, float(np.floor(bound + 1e-6)) if self.whole else bound)
            if since >= PATIENCE:
                step, since = step / 2, 0
                share, heading = best, heading * 0
                continue
            if turn % EVERY == EVERY - 1:
                swaps.set(np.sort(open_))
                swaps.descend(self._over)
                self._take(swaps)
            heading = 1.0 - self.sparse.times(open_) + 0.5 * heading
            length = float(np.square(heading).sum())
            if length == 0:
                return
            move = step * max(bound - self.value * 0.9995, 1e-9) / length
            share = np.clip(share + move * heading, 0, self.weight)

    def _leave_out(self) -> None:
        """Drop the sites with which no choice can be better than the best known."""
        if self.claims is None or len(self.kept) <= self.count:
            return
        last = -np.partition(-self.claims, self.count - 1)[self.count - 1]
        with_it = self.dual - np.maximum(last - self.claims, 0)
        keep = with_it >= self.value + self.least - 1e-6 * max(1.0, abs(self.value))
        keep |= np.isin(self.kept, self.chosen)
        if keep.sum() > len(keep) * 0.9:
            return
        self.kept, self.claims = self.kept[keep], self.claims[keep]
        covers = self.covers[:, keep]
        some = covers.any(axis=1)
        self.covers, self.weight = _merged(covers[some], self.weight[some])
        self.sparse = Sparse(self.covers)

    # -- the search and the proof ----------------------------------------------------------------

    def _shake(self, work: float = WORK) -> None:
        """Exchange a few sites at random, mend by exchanges, keep what is no worse."""
        if len(self.kept) <= self.count:
            return
        swaps = CoverSwaps(self.sparse, self.weight, self.count)
        swaps.set(np.searchsorted(self.kept, self.chosen))
        current, value = swaps.chosen.copy(), swaps.value
        most, idle = 2, 0
        while swaps.work < work and not self._done():
            for _turn in range(int(self.random.integers(1, most + 1))):
                swaps.stir(self.random)
            swaps.descend(self._over)
            slack = 1e-9 * max(1.0, value)
            idle = 0 if swaps.value > value + slack else idle + 1
            if swaps.value >= value - slack:
                current, value = swaps.chosen.copy(), swaps.value
                self._take(swaps)
            else:
                swaps.set(current)
            if idle > 25:
                most, idle = 2 + (most - 1) % min(8, max(2, self.count)), 0

    def _prove(self) -> str:
        """Give what is left to the solver, if it is small enough; returns what to say of it."""
        from emergency.plugins.planner import covermodel

        self._leave_out()
        if self.sparse.entries > MODEL:
            return ""
        found = covermodel.prove(self.sparse, self.weight, self.count, self.clock, whole=self.whole)
        if found is None:
            return ""
        bound, chosen = found
        if chosen is not None:
            swaps = CoverSwaps(self.sparse, self.weight, self.count)
            swaps.set(chosen)
            self._take(swaps)
        self.bound = min(self.bound, max(bound, self.value))
        return ", HiGHS"
