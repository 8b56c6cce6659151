"""A model of very many ways made small: those that come into question, and what the others could earn.

Ten thousand teams are read as arrays; the search sees the ways that are near or cheap for some need. At
the prices found, every other way is asked what it would earn: those that would earn anything come in,
and what is left out is taken off the bound, so that the bound holds over all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from emergency.plugins.planner.callmodel import LATE, LEAST, STYLES, TINY, Model, Pool, cleaned

#: Models of no more ways than this are searched whole.
MANY = 20_000
#: So many times what each need asks is looked at first.
COVER = 3.0


class Field:
    """Every way of a model as arrays, and which of them are being looked at."""

    def __init__(self, model: Model, style: str) -> None:
        import numpy as np

        self.np, self.model = np, model
        needs = [cleaned(n) for n in model.needs]
        amount = np.array([n.amount for n in needs])
        deadline = np.array([n.deadline for n in needs])
        weight = np.array([n.weight for n in needs])
        self.count = np.maximum(0, np.nan_to_num(np.asarray(model.group_count, dtype=float)))
        self.group = np.asarray(model.way_group, dtype=np.int64)
        self.minutes = np.asarray(model.way_minutes, dtype=float)
        self.group_holder = group_holder = np.asarray(model.group_holder, dtype=np.int64)
        ways = len(self.group)
        inside = (self.group >= 0) & (self.group < len(self.count))
        group = np.where(inside, self.group, 0)
        self.holder = group_holder[group]
        usable = inside & np.isfinite(self.minutes) & (self.count[group] > 0)
        usable &= (self.holder >= 0) & (self.holder < len(model.burdens))
        way, need = np.asarray(model.part_way, dtype=np.int64), np.asarray(model.part_need, dtype=np.int64)
        given = np.asarray(model.part_gives, dtype=float)
        self.parts = way, need, given
        good = (need >= 0) & (need < len(needs)) & np.isfinite(given) & usable[way]
        way, need, given = way[good], need[good], given[good]
        share = np.divide(given, amount[need], out=np.zeros(len(given)), where=amount[need] > 0)
        good = share > LEAST
        self.way, self.need, self.share = way[good], need[good], np.minimum(1.0, share[good])
        minutes = np.maximum(0.0, self.minutes[self.way])
        late = np.maximum(0.0, minutes - deadline[self.need])
        waits = weight[self.need] * (minutes + LATE * late) * self.share
        self.cost = np.bincount(self.way, waits, minlength=ways)
        most = np.zeros(ways)
        np.maximum.at(most, self.way, np.ceil(1 / self.share - TINY))
        self.most = np.minimum(most, self.count[group])
        burdens = np.nan_to_num(np.asarray(model.burdens, dtype=float), nan=1.0)
        self.price = STYLES[style] * np.clip(burdens, 0.0, 1e3)
        self.looked = np.zeros(ways, dtype=bool)
        self._start()

    def _start(self) -> None:
        """Take in what could meet each need COVER times: the cheapest for it, and the nearest."""
        np = self.np
        order = np.argsort(self.need, kind="stable")
        edges = np.searchsorted(self.need[order], np.arange(len(self.model.needs) + 1))
        for begin, end in itertools.pairwise(edges):
            some = order[begin:end]
            ways, share = self.way[some], self.share[some]
            brings = np.minimum(1.0, share * self.most[ways])
            dear = self.cost[ways] / share + self.price[self.holder[ways]] / np.maximum(brings, LEAST)
            for rank in (dear, self.minutes[ways]):
                by = np.argsort(rank, kind="stable")
                enough = int(np.searchsorted(np.cumsum(brings[by]), COVER)) + 1
                self.looked[ways[by[:enough]]] = True
        for way, items in self.model.kept.items():
            if items > 0:
                self.looked[way] = True

    def chosen(self) -> tuple[Model, list[int]]:
        """(the model of the ways looked at, the number that each of them has in the whole)."""
        np, whole = self.np, self.model
        numbers = np.flatnonzero(self.looked)
        place = np.full(len(self.group), -1)
        place[numbers] = np.arange(len(numbers))
        way, need, given = self.parts
        parts = np.flatnonzero(place[way] >= 0)
        groups, group_at = np.unique(self.group[numbers], return_inverse=True)
        pools = [
            Pool(p.cap, tuple((int(place[w]), s) for w, s in p.parts if place[w] >= 0)) for p in whole.pools
        ]
        return whole._replace(
            group_holder=self.group_holder[groups].tolist(),
            group_count=self.count[groups].tolist(),
            way_group=group_at.tolist(),
            way_minutes=self.minutes[numbers].tolist(),
            part_way=place[way[parts]].tolist(),
            part_need=need[parts].tolist(),
            part_gives=given[parts].tolist(),
            pools=pools,
            kept={int(place[w]): k for w, k in whole.kept.items() if place[w] >= 0},
        ), numbers.tolist()

    def earnings(self, prices: Sequence[float]) -> tuple[float, Any]:
        """(what all ways that are not looked at would earn at these prices, never too little; which of them)."""
        np = self.np
        gain = np.bincount(self.way, np.asarray(prices)[self.need] * self.share, minlength=len(self.group))
        gain = np.where(self.looked, 0.0, np.maximum(0.0, gain - self.cost)) * self.most
        some = np.flatnonzero(gain)
        holders = len(self.price)
        earned = np.bincount(self.holder[some], gain[some], minlength=holders)
        there = np.zeros(holders, dtype=bool)
        there[self.holder[self.looked]] = True
        # Who is looked at with some way has its price reckoned there.
        earned = np.maximum(0.0, earned - np.where(there, 0.0, self.price))
        return float(earned.sum()), some[earned[self.holder[some]] > 0]

    def take_in(self, ways: Any) -> None:
        """Look at these ways too."""
        self.looked[ways] = True

    def others_for(self, needs: Sequence[int]) -> Any:
        """The ways not looked at that give something to one of these needs."""
        np = self.np
        ways = np.unique(self.way[np.isin(self.need, np.asarray(needs, dtype=np.int64))])
        return ways[~self.looked[ways]]
