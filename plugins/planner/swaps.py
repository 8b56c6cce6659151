"""Exchanges of one chosen site for another, for the p-median: every exchange is weighed at once.

The sums of Whitaker (1983) as Resende and Werneck (2007) keep them from one exchange to the next:
what a site that comes saves, what one that goes costs, and what of that cost the newcomer bears.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from emergency.plugins.planner.located import rounding

Array = Any
#: What a step costs apart from the cells it looks at, in such cells.
STEP = 60_000


class Swaps:
    """A choice of sites over a cost matrix (areas x sites), and the worth of every exchange."""

    def __init__(self, cost: Array, chosen: Array) -> None:
        self.cost = cost
        #: Cells of the matrix looked at so far: a measure of time that no clock disturbs.
        self.work = 0.0
        self.areas = np.arange(cost.shape[0])
        self.set(chosen)

    def set(self, chosen: Array) -> None:
        """Begin again from other sites, as many as there were."""
        self.chosen = np.array(chosen, dtype=np.int64)
        rows, sites = self.cost.shape
        self.place = np.zeros(rows, dtype=np.int64)
        self.first, self.second = np.zeros(rows), np.zeros(rows)
        self.other = np.zeros(rows, dtype=np.int64)
        self.gain = np.zeros(sites)
        self.shared = np.zeros((len(self.chosen), sites))
        self.loss = np.zeros(len(self.chosen))
        self._nearest(self.areas)
        self._count(self.areas, 1.0)

    @property
    def value(self) -> float:
        """Cost of the choice as it stands."""
        return float(self.first.sum())

    def _nearest(self, rows: Array) -> None:
        """Find the nearest chosen site and the second of some areas."""
        near = self.cost[np.ix_(rows, self.chosen)]
        place = near.argmin(axis=1)
        here = np.arange(len(rows))
        self.place[rows], self.first[rows] = place, near[here, place]
        if near.shape[1] > 1:
            near[here, place] = np.inf
            other = near.argmin(axis=1)
            self.other[rows], self.second[rows] = other, near[here, other]
        else:
            # With one site there is no second: an exchange always bears the whole cost.
            self.other[rows], self.second[rows] = -1, self.first[rows] + self._beyond()

    def _beyond(self) -> float:
        return float(self.cost.max()) + 1.0 if self.cost.size else 1.0

    def _count(self, rows: Array, sign: float) -> None:
        """Add what some areas contribute to the sums, or with -1 take it away."""
        self.work += len(rows) * self.cost.shape[1] + STEP
        if not len(rows):
            return
        order = rows[np.argsort(self.place[rows], kind="stable")]
        cost = self.cost[order]
        first, second = self.first[order][:, None], self.second[order][:, None]
        saved = first - cost
        np.maximum(saved, 0, out=saved)
        self.gain += sign * saved.sum(axis=0)
        borne = second - cost
        np.clip(borne, 0, second - first, out=borne)
        places, starts = np.unique(self.place[order], return_index=True)
        self.shared[places] += sign * np.add.reduceat(borne, starts, axis=0)
        self.loss[places] += sign * np.add.reduceat((second - first)[:, 0], starts)

    def worth(self) -> Array:
        """What each exchange saves: a row for each chosen site that goes, a column for each that comes."""
        worth = self.shared + self.gain - self.loss[:, None]
        worth[:, self.chosen] = -np.inf
        return worth

    def exchange(self, place: int, comes: int) -> None:
        """Let the site `comes` take the place of the chosen one at `place`."""
        new = self.cost[:, comes]
        moved = np.flatnonzero((self.place == place) | (self.other == place) | (new < self.second))
        self._count(moved, -1.0)
        self.chosen[place] = comes
        self._nearest(moved)
        self._count(moved, 1.0)

    def descend(self, over: Any) -> None:
        """Exchange while that saves anything; `over()` says when to stop."""
        least = rounding(self.value)
        while not over() and self.cost.shape[1] > len(self.chosen):
            worth = self.worth()
            best = int(worth.argmax())
            place, comes = divmod(best, worth.shape[1])
            if worth[place, comes] <= least:
                return
            self.exchange(place, comes)


def greedy(cost: Array, count: int, over: Any) -> Array:
    """Sites chosen one by one, each the one that saves most; where time is over, the rest as they come."""
    rows, sites = cost.shape
    first = np.full(rows, np.inf)
    chosen: list[int] = []
    free = np.ones(sites, dtype=bool)
    while len(chosen) < count:
        if over() and chosen:
            chosen += np.flatnonzero(free)[: count - len(chosen)].tolist()
            break
        total = np.minimum(cost, first[:, None]).sum(axis=0) if chosen else cost.sum(axis=0)
        total[~free] = np.inf
        best = int(total.argmin())
        chosen.append(best)
        free[best] = False
        first = np.minimum(first, cost[:, best])
    return np.array(chosen, dtype=np.int64)
