"""A bound on placing teams, by multipliers: where the model is too large for the solver, or the solver is not there.

Kinds of team are taken apart from each other, and the room of a site is counted for each by itself: what that allows is no less
than any plan. A first cover is counted before a second, as the plan counts it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emergency.plugins.planner.coverswaps import Array
from emergency.plugins.planner.located import Clock
from emergency.plugins.planner.staging import SECOND, Problem, price, sites

#: Rounds of the multipliers, those without a gain until the step is halved, and the smallest step.
ROUNDS, PATIENCE, LEAST_STEP = 600, 12, 0.002


def bound(problem: Problem, reached: Sequence[float], clock: Clock) -> float:
    """No plan is worth more; `reached` is what a known plan is worth in each kind."""
    return sum(
        _Kind(problem, kind).lowest(reached[kind], clock)
        for kind, wanted in enumerate(problem.wanted)
        if wanted
    )


class _Kind:
    """One kind of team: where one may stand, how many there, and at what price at the least."""

    def __init__(self, problem: Problem, kind: int) -> None:
        total = sum(problem.weights)
        able: dict[int, list[float]] = {}
        for team in problem.teams:
            if team.kind == kind:
                for place, minutes in team.options:
                    able.setdefault(place, []).append(price(total, minutes))
        places = [p for p in sorted(able) if problem.places[p].room > 0 and problem.places[p].covers]
        self.room = np.array([min(problem.places[p].room, len(able[p])) for p in places], dtype=np.int64)
        of = sites(problem.places)
        self.site = np.array([of[p] for p in places], dtype=np.int64)
        self.most = np.array([problem.places[p].room for p in places], dtype=np.int64)
        self.price = np.array([min(able[p]) for p in places])
        self.count = min(problem.wanted[kind], sum(t.kind == kind for t in problem.teams))
        covers = [np.array(problem.places[p].covers, dtype=np.int64) for p in places]
        self.area = np.concatenate(covers) if covers else np.zeros(0, dtype=np.int64)
        self.starts = np.r_[0, np.cumsum([len(c) for c in covers])][:-1].astype(np.int64)
        self.place = np.repeat(np.arange(len(places)), [len(c) for c in covers])
        self.weight = np.array(problem.weights, dtype=float)
        self.second = self.weight * (SECOND if problem.backup else 0.0)

    def lowest(self, reached: float, clock: Clock) -> float:
        """The lowest bound found."""
        if not len(self.room) or not self.count:
            return 0.0
        share = self.weight / 2
        best, least, since, step = share, np.inf, 0, 1.0
        heading = np.zeros(len(share))
        for _round in range(ROUNDS):
            now, times = self._dual(share)
            since += 1
            if now < least - 1e-7 * max(1.0, now):
                least, best, since = now, share, 0
            if clock.over or step < LEAST_STEP or least <= reached:
                break
            if since >= PATIENCE:
                step, since, share, heading = step / 2, 0, best, heading * 0
                continue
            taken = (share < self.weight).astype(float) + (share < self.second)
            heading = taken - times + 0.5 * heading
            length = float(np.square(heading).sum())
            if length == 0:
                break
            share = np.clip(share + step * max(now - reached, 1e-9) / length * heading, 0, self.weight)
        return float(least)

    def _dual(self, share: Array) -> tuple[float, Array]:
        """(bound, how often the teams so placed cover each area) where an area pays its share for each cover."""
        claims = np.add.reduceat(share[self.area], self.starts) - self.price
        order = np.argsort(-claims, kind="stable")
        room = self._shared(order)
        left = np.minimum(room, np.maximum(0, self.count - np.r_[0, np.cumsum(room)[:-1]]))
        left[claims[order] <= 0] = 0
        teams = np.zeros(len(claims))
        teams[order] = left
        kept = np.maximum(self.weight - share, 0).sum() + np.maximum(self.second - share, 0).sum()
        times = np.bincount(self.area, weights=teams[self.place], minlength=len(share))
        return float(kept + (claims * teams).sum()), times

    def _shared(self, order: Array) -> Array:
        """The room of places in that order, where those of one site share its room and the first come first."""
        room, site = self.room[order], self.site[order]
        together = np.argsort(site, kind="stable")
        site, most = site[together], self.most[order][together]
        until = np.cumsum(room[together])
        first = np.r_[True, site[1:] != site[:-1]]
        until -= np.maximum.accumulate(np.where(first, until - room[together], 0))
        before = np.where(first, 0, np.r_[0, until[:-1]])
        out = np.zeros_like(room)
        out[together] = np.minimum(until, most) - np.minimum(before, most)
        return out
