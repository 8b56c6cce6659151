"""Call-up plans without a solver: what each need pays for an item, and what that proves.

Each need gets a reservation price; a holder goes where its items earn more than they cost. Prices
rise where too little comes and fall where too much does. Whatever the prices, they prove a bound:
the plan can say how far from the best it may be.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from emergency.plugins.planner.callmodel import TINY, Ready
from emergency.plugins.planner.callstate import State, by_holder, by_need


def solve(ready: Ready, seconds: float) -> tuple[State, float]:
    """(a plan, a cost that none can go below)."""
    end = time.monotonic() + seconds
    ways = range(len(ready.number))
    best = State(ready)
    best.fill(ways)
    best.prune()
    least, prices, dearest = best.cost, _first_prices(ready), _most(ready)
    bound, pace = 0.0, 1.0
    owned = by_holder(ready, ways)
    rounds = 0
    while rounds < 60:
        value, brought, earning = _at(ready, owned, prices)
        if value > bound:
            bound = value
        elif rounds > 5:
            pace *= 0.8
        if rounds % 5 == 0 or rounds < 3:
            state = _built(ready, owned, earning, prices)
            if (cost := state.cost) < least:
                best, least = state, cost
        rounds += 1
        slope = [(1.0 - b) if c else 0.0 for b, c in zip(brought, ready.short, strict=True)]
        length = sum(s * s for s in slope)
        if length < 1e-12 or least - bound < 1e-6 * (1 + least) or time.monotonic() > end:
            break
        step = pace * max(least - value, 1e-3 * least) / length
        prices = [min(c, max(0.0, p + step * s)) for p, s, c in zip(prices, slope, dearest, strict=True)]
    return best, max(0.0, bound)


def _most(ready: Ready) -> list[float]:
    """What each need pays at most: all that lacking it would cost."""
    return [short + missed for short, missed in zip(ready.short, ready.missed, strict=True)]


def _first_prices(ready: Ready) -> list[float]:
    """What the last item would cost that meets each need, were it the only one."""
    out = []
    ways = by_need(ready, range(len(ready.number)))
    for n, short in enumerate(_most(ready)):
        offers = []
        for way in ways.get(n, ()):
            share = next(s for m, s in ready.shares[way] if m == n)
            brings = min(1.0, share * ready.most[way])
            offers.append((ready.cost[way] / share + ready.price[ready.holder[way]] / brings, brings))
        lacking, price = 1.0, short
        for offer, brings in sorted(offers):
            lacking -= brings
            if lacking <= TINY:
                price = min(short, offer)
                break
        out.append(price if short else 0.0)
    return out


def _at(
    ready: Ready, owned: dict[int, list[int]], prices: list[float]
) -> tuple[float, list[float], dict[int, float]]:
    """(what the prices prove, what would come to each need at them, what each holder earns over its cost)."""
    value = sum(prices)
    brought = [0.0] * len(prices)
    earning: dict[int, float] = {}
    for holder, ways in owned.items():
        earned, taken = _offer(ready, holder, ways, prices)
        if earned > 0:
            value -= earned
            earning[holder] = earned
            for way, items in taken:
                for n, share in ready.shares[way]:
                    brought[n] += share * items
    return value, brought, earning


def _offer(
    ready: Ready, holder: int, ways: Sequence[int], prices: Sequence[float]
) -> tuple[float, list[tuple[int, int]]]:
    """(what a holder would earn at these prices over what calling it costs, the items that would earn it).

    Pools are left out, so it is never too little: what is proven with it holds.
    """
    offers: dict[int, list[tuple[float, int]]] = {}
    for way in ways:
        gain = sum(prices[n] * share for n, share in ready.shares[way]) - ready.cost[way]
        if gain > 0:
            offers.setdefault(ready.group[way], []).append((gain, way))
    earned, taken = -ready.price[holder], []
    for group, gains in offers.items():
        left = ready.stock[group]
        for gain, way in sorted(gains, reverse=True):
            items = min(left, ready.most[way])
            left -= items
            earned += gain * items
            taken.append((way, items))
    return earned, taken


def earned(
    ready: Ready, owned: dict[int, list[int]], prices: Sequence[float], *, least: float = 0.0
) -> dict[int, float]:
    """{holder: what it would earn at these prices over its cost}, of those that earn more than `least`."""
    found = ((h, _offer(ready, h, ways, prices)[0]) for h, ways in owned.items())
    return {h: value for h, value in found if value > least}


def _built(
    ready: Ready, owned: dict[int, list[int]], earning: dict[int, float], prices: list[float]
) -> State:
    """A plan of the holders that earn most at these prices, each of their items where it earns most."""
    state = State(ready)
    for holder in sorted(earning, key=lambda h: (-earning[h], h)):
        ways = owned[holder]
        for way in sorted(
            ways, key=lambda w: (ready.cost[w] - sum(prices[n] * s for n, s in ready.shares[w]), w)
        ):
            if ready.cost[way] > sum(prices[n] * s for n, s in ready.shares[way]):
                break
            state.send(way, min(state.may(way), state.wanted(way)))
    state.fill(range(len(ready.number)), opened=True)
    state.fill(range(len(ready.number)))
    state.prune()
    return state
