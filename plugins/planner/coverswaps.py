"""Exchanges of one chosen site for another, for maximal covering: every exchange is weighed at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from emergency.plugins.planner.located import rounding

Array = Any
#: What a step costs apart from the entries it looks at, in such entries.
STEP = 60_000


class Sparse:
    """Which sites cover which areas, by area and by site. Every site covers something."""

    def __init__(self, covers: Array) -> None:
        self.areas, self.sites = covers.shape
        area, site = np.nonzero(covers)
        self.site = site
        self.of_area = np.r_[0, np.cumsum(np.bincount(area, minlength=self.areas))]
        order = np.argsort(site, kind="stable")
        self.area = area[order]
        self.of_site = np.r_[0, np.cumsum(np.bincount(site, minlength=self.sites))]
        self.entries = len(site)

    def covered(self, site: int) -> Array:
        """The areas of one site."""
        return self.area[self.of_site[site] : self.of_site[site + 1]]

    def total(self, figure: Array) -> Array:
        """For each site the sum of a figure over its areas."""
        sums = np.zeros(self.sites)
        some = np.flatnonzero(np.diff(self.of_site))
        if len(some):
            sums[some] = np.add.reduceat(figure[self.area], self.of_site[some])
        return sums

    def times(self, sites: Array) -> Array:
        """How many of some sites cover each area."""
        areas = np.concatenate([self.covered(int(s)) for s in sites]) if len(sites) else self.area[:0]
        return np.bincount(areas, minlength=self.areas)

    def entries_of(self, areas: Array) -> tuple[Array, Array]:
        """(the sites that cover some areas, how many each has), one area after the other."""
        starts, ends = self.of_area[areas], self.of_area[areas + 1]
        many = ends - starts
        if not len(areas):
            return self.site[:0], many
        offsets = np.repeat(starts - np.r_[0, np.cumsum(many)[:-1]], many)
        return self.site[offsets + np.arange(int(many.sum()))], many


class CoverSwaps:
    """A choice of sites, and the worth of every exchange."""

    def __init__(self, sparse: Sparse, weight: Array, count: int) -> None:
        self.sparse, self.weight, self.count = sparse, weight, count
        #: Entries looked at so far: a measure of time that no clock disturbs.
        self.work = 0.0
        self._clear()

    def _clear(self) -> None:
        self.chosen = np.zeros(0, dtype=np.int64)
        self.times = np.zeros(self.sparse.areas, dtype=np.int64)
        # The sum of the places of the chosen sites that cover an area: of one alone, its place.
        self.places = np.zeros(self.sparse.areas, dtype=np.int64)
        self.gain = self.sparse.total(self.weight)
        self.shared = np.zeros((self.count, self.sparse.sites))

    def set(self, chosen: Array) -> None:
        """Begin again from other sites."""
        self._clear()
        for site in chosen:
            self.add(int(site))

    @property
    def value(self) -> float:
        """Weight covered."""
        return float(self.weight[self.times > 0].sum())

    def _count(self, areas: Array, sign: float) -> None:
        """Add what some areas contribute to the sums, or with -1 take it away."""
        for alone in (False, True):
            some = areas[self.times[areas] == alone]
            sites, many = self.sparse.entries_of(some)
            self.work += len(sites) + STEP / 4
            weights = np.repeat(self.weight[some] * sign, many)
            if alone:
                np.add.at(self.shared, (np.repeat(self.places[some], many), sites), weights)
            else:
                self.gain += np.bincount(sites, weights=weights, minlength=self.sparse.sites)

    def add(self, site: int) -> None:
        """Choose one site more."""
        covered = self.sparse.covered(site)
        self._count(covered, -1.0)
        self.times[covered] += 1
        self.places[covered] += len(self.chosen)
        self.chosen = np.r_[self.chosen, site]
        self._count(covered, 1.0)

    def exchange(self, place: int, comes: int) -> None:
        """Let the site `comes` take the place of the chosen one at `place`."""
        gone, new = self.sparse.covered(int(self.chosen[place])), self.sparse.covered(comes)
        both = np.union1d(gone, new)
        self._count(both, -1.0)
        self.times[gone] -= 1
        self.places[gone] -= place
        self.times[new] += 1
        self.places[new] += place
        self.chosen[place] = comes
        self._count(both, 1.0)

    def loss(self) -> Array:
        """What each chosen site alone covers."""
        return self.shared[np.arange(self.count), self.chosen]

    def greedy(self, over: Any) -> None:
        """Choose one by one, each time the site that adds most; where time is over, as they come."""
        free = np.ones(self.sparse.sites, dtype=bool)
        while len(self.chosen) < self.count:
            if over() and len(self.chosen):
                for site in np.flatnonzero(free)[: self.count - len(self.chosen)]:
                    self.add(int(site))
                return
            best = int(np.where(free, self.gain, -1.0).argmax())
            free[best] = False
            self.add(best)

    def descend(self, over: Any) -> None:
        """Exchange while that covers more; `over()` says when to stop."""
        least = rounding(float(self.weight.sum()))
        while not over() and self.sparse.sites > self.count:
            worth = self.shared + self.gain - self.loss()[:, None]
            worth[:, self.chosen] = -np.inf
            place, comes = divmod(int(worth.argmax()), worth.shape[1])
            self.work += worth.size
            if worth[place, comes] <= least:
                return
            self.exchange(place, comes)

    def stir(self, random: Any) -> None:
        """One exchange at random: a site comes, and one of those that are least missed then goes."""
        free = np.setdiff1d(np.arange(self.sparse.sites), self.chosen, assume_unique=True)
        comes = int(free[random.integers(len(free))])
        missed = self.loss() - self.shared[:, comes]
        low = np.argpartition(missed, min(3, len(missed)) - 1)[:3]
        self.exchange(int(low[random.integers(len(low))]), comes)
