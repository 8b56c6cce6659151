"""Maximal covering where it is too large for the solver: it chooses among the sites near a good choice.

Near is what would lose least in the place of some chosen site. Of three sites for one that is chosen the solver has the best
within a tenth of a second, all exchanges of many for many among them weighed, of which exchanges of one for one find
few. It begins from several choices that the multipliers make likely, and chooses among what they came to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emergency.plugins.planner import covermodel, highs
from emergency.plugins.planner.coverswaps import CoverSwaps
from emergency.plugins.planner.located import rounding

if TYPE_CHECKING:
    from emergency.plugins.planner.covering import Search

Array = Any
#: So many sites beside the chosen ones are near, at first and at most, for each chosen one; and how that grows where they
#: make nothing better.
BESIDE, FAR, GROWS = 1.5, 2.0, 1.25
#: The most entries of a model of near sites, and the most steps of the solver over it.
NEAR, NODES = 20_000, 2_000
#: So many sites for each chosen one are chosen among together.
ROOM = 3.5
#: From so many choices it is begun; each was searched at random from what is likely, looking at so many entries.
BEGUN, WORK, LIKELY = 12, 6e7, 0.01


def look_round(search: Search) -> str:
    """Make the best choice better; returns what to say of it."""
    if not highs.there() or not 0 < search.count < len(search.kept):
        return ""
    swaps = CoverSwaps(search.sparse, search.weight, search.count)
    swaps.set(np.searchsorted(search.kept, search.chosen))
    found: list[tuple[float, Array]] = []
    for turn in range(BEGUN):
        if search.done():
            break
        if turn:
            swaps.set(_begun(search))
        _near(search, swaps, FAR)
        found.append((swaps.value, swaps.chosen.copy()))
        _together(search, swaps, found)
    swaps.set(np.searchsorted(search.kept, search.chosen))
    _near(search, swaps, np.inf)
    return ", HiGHS near the best"


def _begun(search: Search) -> Array:
    """Another choice among the sites that the multipliers make likely, searched at random for a while."""
    some = search.likely(LIKELY)
    sparse, weight = search.among(some)
    swaps = CoverSwaps(sparse, weight, search.count)
    drawn = search.average[some] * np.sqrt(search.random.random(len(some)))
    swaps.set(np.sort(np.argsort(-drawn, kind="stable")[: search.count]))
    swaps.descend(search.over)
    search.shaken(swaps, WORK, some)
    return some[swaps.chosen]


def _together(search: Search, swaps: CoverSwaps, found: list[tuple[float, Array]]) -> None:
    """Choose among all that several choices have, the best of them first, as far as there is room."""
    if len(found) < 2:
        return
    some = np.zeros(0, dtype=np.int64)
    for _value, chosen in sorted(found, key=lambda one: -one[0]):
        more = np.union1d(some, chosen)
        if len(more) <= ROOM * search.count:
            some = more
    if _chosen_among(search, swaps, some):
        found.append((swaps.value, swaps.chosen.copy()))


def _near(search: Search, swaps: CoverSwaps, most: float) -> None:
    """Choose among what is near, until so many sites for each chosen one make nothing better."""
    beside, failed = BESIDE, 0
    while not search.done() and beside <= most:
        worth = (swaps.shared + swaps.gain - swaps.loss()[:, None]).max(axis=0)
        if failed:
            # At random a little, or a greater number would hold the same again.
            worth = worth + search.random.random(len(worth)) * failed * 0.03 * swaps.value / search.count
        worth[swaps.chosen] = -np.inf
        many = min(int(beside * search.count) + 1, len(worth) - search.count)
        near = np.union1d(swaps.chosen, np.argsort(-worth, kind="stable")[:many])
        before, value = swaps.chosen.copy(), swaps.value
        if not _chosen_among(search, swaps, near):
            return
        if swaps.value > value + rounding(value):
            failed = 0
            continue
        swaps.set(before)
        if len(near) == len(search.kept):
            return
        failed, beside = failed + 1, beside * GROWS


def _chosen_among(search: Search, swaps: CoverSwaps, some: Array) -> bool:
    """Let the solver choose among some of the sites, and mend what it chose; False where there are too many, or no time."""
    sparse, weight = search.among(some)
    if sparse.entries > NEAR:
        return False
    found = covermodel.prove(sparse, weight, search.count, search.clock, whole=search.whole, nodes=NODES)
    if found is None:
        return False
    if found[1] is not None:
        swaps.set(some[found[1]])
        swaps.descend(search.over)
        search.take(swaps)
    return True
