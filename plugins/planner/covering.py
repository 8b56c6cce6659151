"""Maximal covering: areas alike are one, exchanges for a good choice, multipliers for a bound, HiGHS for the proof.

The multipliers say how much of an area's weight its sites may claim (Galvão and ReVelle 1996); what they leave
of no account is left out of the model that the solver gets.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from emergency.plugins.planner import covernear
from emergency.plugins.planner.coverswaps import CoverSwaps, Sparse
from emergency.plugins.planner.located import Clock, power_to, rounding

Array = Any
#: Rounds of the multipliers, when their choice is first improved by exchanges (and then at twice as many each time), when
#: the step is shortened, and the least step; the most that a round counts in the average; and the share of the gap that
#: EVERY rounds must win to go on.
ROUNDS, FIRST, PATIENCE, LEAST_STEP, FRESH, EVERY, ENOUGH = 2_500, 25, 20, 1e-4, 0.1, 100, 0.002
#: Entries looked at by the random search, before the solver is asked, among likely sites then, and after: what bounds it apart from the clock.
WORK, LIKELY_WORK, MORE_WORK = 3e7, 1e8, 1e9
#: It looks first at those alone that the multipliers chose so often: a third of all, and with most that is worth choosing.
LIKELY = 0.01
#: The most entries of a model that the solver is given whole.
MODEL = 80_000
#: Sums of whole numbers beyond this are none for sure.
WHOLE = 2.0**52


class Best(NamedTuple):
    """A choice (columns), a bound on the weight covered, what difference is none, and how they were found."""

    chosen: Array
    bound: float
    least: float
    method: str


def solve(covers: Array, weight: Array, count: int, clock: Clock) -> Best:
    """Choose `count` columns of a matrix of booleans (areas x sites) that cover the most weight.

    Weights that are no whole numbers are searched in a unit in which the greatest is near MOST.
    """
    some = (weight > 0) & covers.any(axis=1)
    useful, weight = covers[some], weight[some]
    total = float(weight.sum())
    whole = total < WHOLE and bool((weight == np.floor(weight)).all())
    power = 0 if whole or not total else power_to(float(weight.max()))
    weight = np.ldexp(weight, power)
    least = 1 - 1e-6 if whole else rounding(float(weight.sum()))
    columns = np.flatnonzero(useful.any(axis=0))
    areas, weight = _merged(useful if len(columns) == covers.shape[1] else useful[:, columns], weight)
    if len(columns) <= count:
        chosen, bound, method = columns, float(weight.sum()), "all sites that cover anything"
    elif count == 0:
        chosen, bound, method = columns[:0], 0.0, "no site may be chosen"
    else:
        search = Search(areas, weight, count, clock, whole, least)
        found, bound, method = search.run()
        chosen = columns[found]
    spare = np.setdiff1d(np.arange(covers.shape[1]), chosen)[: count - len(chosen)]
    bound, least = math.ldexp(bound, -power), math.ldexp(least, -power)
    return Best(np.sort(np.r_[chosen, spare]).astype(np.int64), bound, least, method)


def _merged(covers: Array, weight: Array) -> tuple[Array, Array]:
    """Areas that the same sites cover, as one area each."""
    if not len(covers):
        return covers, weight
    packed = np.ascontiguousarray(np.packbits(covers, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _unique, first, back = np.unique(keys, return_index=True, return_inverse=True)
    return covers[first], np.bincount(back.ravel(), weights=weight, minlength=len(first))


def _part(heading: Array, fresh: Array, most: float) -> float:
    """How much a round counts in the average: what makes the heading shortest, within bounds."""
    apart = fresh - heading
    # Sums, not `@`: that would wake the threads of a linear algebra library, which take longer to wake than this takes.
    length = float(np.square(apart).sum())
    best = -float((heading * apart).sum()) / length if length > 0 else most
    return min(max(best, most / 10), most)


class Search:
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
        #: How far each site is chosen by the average of the choices that the multipliers made.
        self.average = np.zeros(covers.shape[1])
        self.value, self.chosen = -np.inf, np.zeros(0, dtype=np.int64)
        self.random = np.random.default_rng(1)

    def run(self) -> tuple[Array, float, str]:
        """(columns, bound, method)."""
        method = "greedy and exchanges"
        swaps = CoverSwaps(self.sparse, self.weight, self.count)
        swaps.greedy(self.over)
        swaps.descend(self.over)
        self.take(swaps)
        if not self.done():
            method += ", Lagrange bound"
            self._bound_it(swaps)
        if not self.done():
            self._leave_out()
            self.shake(LIKELY_WORK, LIKELY)
            self.shake()
        if not self.done():
            method += self._prove() or covernear.look_round(self)
        if not self.done():
            self.shake(MORE_WORK)
        return self.chosen, max(self.bound, self.value), method

    def over(self) -> bool:
        return self.clock.over

    def done(self) -> bool:
        return self.clock.over or self.bound - self.value < self.least

    def take(self, swaps: CoverSwaps, some: Array = None) -> None:
        """Remember a choice if it is the best; it is among `some` of the sites, or among all."""
        if swaps.value > self.value + rounding(swaps.value):
            kept = self.kept if some is None else self.kept[some]
            self.value, self.chosen = swaps.value, np.sort(kept[swaps.chosen])

    # -- the bound -------------------------------------------------------------------------------

    def _bound_it(self, swaps: CoverSwaps) -> None:
        """Lower the bound by multipliers, and try the choices they make.

        The volume algorithm (Barahona and Anbil 2000): it heads from the best multipliers by an average of the choices
        made so far, which comes near the relaxed choice; that of its sites that stand out is improved by exchanges.
        """
        center = np.where(swaps.times > 0, self.weight / np.maximum(swaps.times, 1), self.weight)
        first, open_, self.claims = self._dual(center)
        self._lower(first)
        times = self.sparse.times(open_).astype(float)
        self.average[open_] = 1.0
        step, since, before, tried = 1.0, 0, np.inf, FIRST
        for turn in range(1, ROUNDS + 1):
            heading = 1.0 - times
            length = float(np.square(heading).sum())
            if self.done() or step < LEAST_STEP or length < 1e-12:
                return
            move = step * max(self.dual - self.value * 0.9995, 1e-9) / length
            share = np.clip(center + move * heading, 0, self.weight)
            bound, open_, claims = self._dual(share)
            now = self.sparse.times(open_)
            since += 1
            if bound < self.dual - 1e-9 * max(1.0, abs(bound)):
                step = min(2.0, step * 1.1) if float((heading * (1.0 - now)).sum()) >= 0 else step
                center, self.claims, since = share, claims, 0
                self._lower(bound)
            elif since >= PATIENCE:
                step, since = step * 0.7, 0
            part = _part(heading, 1.0 - now, FRESH if turn < ROUNDS / 3 else FRESH / 3)
            times = times + part * (now - times)
            self.average *= 1 - part
            self.average[open_] += part
            if turn == tried:
                tried *= 2
                swaps.set(np.sort(np.argsort(-self.average, kind="stable")[: self.count]))
                swaps.descend(self.over)
                self.take(swaps)
            if turn % EVERY == 0:
                if before - self.dual < ENOUGH * (self.dual - self.value):
                    return
                before = self.dual

    def _dual(self, share: Array) -> tuple[float, Array, Array]:
        """(bound, the sites that claim most, all claims) where each area lets its sites claim so much of its weight."""
        claims = self.sparse.total(share)
        open_ = np.argpartition(-claims, self.count - 1)[: self.count]
        return float((self.weight - share).sum() + claims[open_].sum()), open_, claims

    def _lower(self, bound: float) -> None:
        """No choice covers more than this."""
        self.dual = bound
        self.bound = min(self.bound, float(np.floor(bound + 1e-6)) if self.whole else bound)

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
        self.kept, self.claims, self.average = self.kept[keep], self.claims[keep], self.average[keep]
        covers = self.covers[:, keep]
        some = covers.any(axis=1)
        self.covers, self.weight = _merged(covers[some], self.weight[some])
        self.sparse = Sparse(self.covers)

    # -- the search and the proof ----------------------------------------------------------------

    def shake(self, work: float = WORK, likely: float = 0.0) -> None:
        """Exchange a few sites at random, mend by exchanges, keep what is no worse.

        Only among those that the multipliers chose as often as `likely`, on the average.
        """
        some = self.likely(likely)
        if len(some) <= self.count or (likely and len(some) > len(self.kept) / 2):
            return
        sparse, weight = self.among(some)
        swaps = CoverSwaps(sparse, weight, self.count)
        swaps.set(np.searchsorted(self.kept[some], self.chosen))
        self.shaken(swaps, work, some)

    def likely(self, often: float) -> Array:
        """The sites that the multipliers chose so often on the average, and those of the best choice."""
        return np.flatnonzero((self.average >= often) | np.isin(self.kept, self.chosen))

    def shaken(self, swaps: CoverSwaps, work: float, some: Array) -> None:
        """The random search from a choice among some of the sites; it is left at the last that was no worse."""
        current, value = swaps.chosen.copy(), swaps.value
        most, idle, until = 2, 0, swaps.work + work
        while swaps.work < until and not self.done():
            for _turn in range(int(self.random.integers(1, most + 1))):
                swaps.stir(self.random)
            swaps.descend(self.over)
            slack = rounding(value)
            idle = 0 if swaps.value > value + slack else idle + 1
            if swaps.value >= value - slack:
                current, value = swaps.chosen.copy(), swaps.value
                self.take(swaps, some)
            else:
                swaps.set(current)
            if idle > 25:
                most, idle = 2 + (most - 1) % min(8, max(2, self.count)), 0
        swaps.set(current)

    def among(self, some: Array) -> tuple[Sparse, Array]:
        """The problem with some of the sites alone."""
        if len(some) == len(self.kept):
            return self.sparse, self.weight
        covers = self.covers[:, some]
        reached = covers.any(axis=1)
        areas, weight = _merged(covers[reached], self.weight[reached])
        return Sparse(areas), weight

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
            self.take(swaps)
        self.bound = min(self.bound, max(bound, self.value))
        return ", HiGHS"
