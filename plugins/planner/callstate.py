"""A plan in the making: what is sent, what is left, and the small moves that make it better.

Every move keeps all rules of the model, so that whatever is stopped half-way is a plan.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections.abc import Collection, Iterable, Sequence

from emergency.plugins.planner.callmodel import TINY, Ready

#: Ways that are tried in the place of one that is dropped, for each need.
FEW_WAYS = 40


class State:
    """Items sent, over the ways of a `Ready` model."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        # At hand, since a search asks for them some million times.
        self._holder, self._group, self._way_shares = ready.holder, ready.group, ready.shares
        self._way_cost, self._most, self._price = ready.cost, ready.most, ready.price
        self._short, self._missed = ready.short, ready.missed
        self.sent: dict[int, int] = {}
        #: What each need still lacks, as a share; less than nothing where more comes than was asked.
        self.lacking = [1.0 if cost else 0.0 for cost in ready.short]
        self.left = list(ready.stock)
        #: Items sent of each holder that is called.
        self.called: dict[int, int] = {}
        #: Of each need the ways by which something is sent for it.
        self._serving: list[set[int]] = [set() for _need in ready.short]
        self._cost = float(sum(ready.short) + sum(ready.missed))
        self._done: list[tuple[int, int]] = []
        self._room = [cap for cap, _parts in ready.pools]
        self._pools: dict[int, list[tuple[int, float]]] = {}
        for p, (_cap, parts) in enumerate(ready.pools):
            for way, share in parts:
                self._pools.setdefault(way, []).append((p, share))
        self._areas: dict[int, list[int]] = {}
        self._stay = [most for most, _holders in ready.areas]
        for a, (_most, holders) in enumerate(ready.areas):
            for h in holders:
                self._areas.setdefault(h, []).append(a)

    @property
    def cost(self) -> float:
        """What it costs, in the minutes of callmodel."""
        return self._cost

    def mark(self) -> int:
        """A point to come back to."""
        return len(self._done)

    def back(self, mark: int) -> None:
        """Undo everything since a mark."""
        while len(self._done) > mark:
            way, items = self._done.pop()
            self._move(way, -items)

    @functools.cached_property
    def near(self) -> dict[int, list[int]]:
        """{need: the FEW_WAYS ways that serve it at the least cost}: what is tried in the place of another."""
        r = self.ready
        dear = [
            (cost + r.price[h] / most) / max(s for _n, s in shares)
            for cost, h, most, shares in zip(r.cost, r.holder, r.most, r.shares, strict=True)
        ]
        out: dict[int, list[int]] = {}
        for way in sorted(range(len(dear)), key=dear.__getitem__):
            for n, _share in r.shares[way]:
                some = out.setdefault(n, [])
                if len(some) < FEW_WAYS:
                    some.append(way)
        return out

    # -- moves -----------------------------------------------------------------------------------

    def may(self, way: int) -> int:
        """How many more items may go this way."""
        most, still = self.left[self._group[way]], self._most[way] - self.sent.get(way, 0)
        if still < most:
            most = still
        if most <= 0:
            return 0
        if self._areas:
            holder = self._holder[way]
            if holder not in self.called and any(self._stay[a] <= 0 for a in self._areas.get(holder, ())):
                return 0
        if self._pools:
            for p, share in self._pools.get(way, ()):
                most = min(most, int(self._room[p] / share + TINY))
        return most if most > 0 else 0

    def send(self, way: int, items: int) -> None:
        """Send so many more, or fewer for less than nothing; the caller has asked `may`."""
        if items:
            self._done.append((way, items))
            self._move(way, items)

    def _move(self, way: int, items: int) -> None:
        shares, lacking, short = self._way_shares[way], self.lacking, self._short
        self._cost += self._way_cost[way] * items
        before = self.sent.get(way, 0)
        if total := before + items:
            self.sent[way] = total
        else:
            del self.sent[way]
        if not before or not total:
            for n, _share in shares:
                (self._serving[n].discard if before else self._serving[n].add)(way)
        self.left[self._group[way]] -= items
        for p, share in self._pools.get(way, ()):
            self._room[p] -= share * items
        for n, share in shares:
            lack = lacking[n]
            lacking[n] = now = lack - share * items
            self._cost += short[n] * ((now if now > 0 else 0.0) - (lack if lack > 0 else 0.0))
            if (now > TINY) != (lack > TINY):
                self._cost += self._missed[n] if now > TINY else -self._missed[n]
        holder = self._holder[way]
        before = self.called.get(holder, 0)
        if before + items:
            self.called[holder] = before + items
        else:
            del self.called[holder]
        if not before or not before + items:
            self._cost += self._price[holder] if not before else -self._price[holder]
            for a in self._areas.get(holder, ()):
                self._stay[a] -= 1 if not before else -1

    def wanted(self, way: int) -> int:
        """How many more items of a way would still be of use."""
        lacks = (
            math.ceil(self.lacking[n] / s - 1e-6) for n, s in self.ready.shares[way] if self.lacking[n] > TINY
        )
        return max(lacks, default=0)

    def worth(self, way: int) -> float:
        """What the next item of a way takes off the shortfall, in minutes."""
        return sum(
            self.ready.short[n] * min(share, max(0.0, self.lacking[n]))
            + (self.ready.missed[n] if share >= self.lacking[n] - TINY else 0.0)
            for n, share in self.ready.shares[way]
            if self.lacking[n] > TINY
        )

    # -- filling and pruning ---------------------------------------------------------------------

    def fill(self, ways: Iterable[int], *, opened: bool = False) -> None:
        """Send whatever helps a need that is short, the cheapest for what it gives first.

        With `opened` only what comes of holders that are called already.
        """
        heap = []
        for way in ways:
            if (rank := self._rank(way, opened)) is not None:
                heap.append((rank, way))
        heapq.heapify(heap)
        while heap:
            rank, way = heapq.heappop(heap)
            now = self._rank(way, opened)
            if now is None:
                continue
            if heap and now > rank + 1e-12 and now > heap[0][0]:
                heapq.heappush(heap, (now, way))
                continue
            # All that are wanted but the last, which may be worth less, go at once.
            items = min(self.may(way), self.wanted(way))
            sure = max(
                1, min(items, min(int(max(0.0, self.lacking[n]) / s) for n, s in self.ready.shares[way]))
            )
            self.send(way, sure)
            if (rank_again := self._rank(way, opened)) is not None:
                heapq.heappush(heap, (rank_again, way))

    def _rank(self, way: int, opened: bool) -> float | None:
        """Minutes for each minute of shortfall taken away; None where it helps nothing, or may not go."""
        holder = self._holder[way]
        there = holder in self.called
        if opened and not there:
            return None
        shares = self._way_shares[way]
        if len(shares) == 1:
            # The usual case, and the inmost step of every search.
            n, share = shares[0]
            lack = self.lacking[n]
            if lack <= TINY or not (may := self.may(way)):
                return None
            short = self._short[n]
            worth = short * share if share < lack - TINY else short * lack + self._missed[n]
            wanted = 1 if share >= lack else math.ceil(lack / share - 1e-6)
        else:
            worth = self.worth(way)
            if worth <= 0 or not (may := self.may(way)):
                return None
            wanted = self.wanted(way)
        if there:
            return self._way_cost[way] / worth
        # The price of the holder, shared by as many of its items as would be of use.
        return (self._way_cost[way] + self._price[holder] / max(1, min(may, wanted))) / worth

    def prune(self, needs: Collection[int] | None = None, *, but: int = -1) -> None:
        """Take away what nothing needs, the dearest first; with `needs` only what serves one of them.

        The way `but` stays as it is.
        """
        r = self.ready
        if needs is not None:
            needs = [n for n in needs if self.lacking[n] < -TINY]
            if not needs:
                return
        some = self.sent.keys() if needs is None else set().union(*(self._serving[n] for n in needs))
        order = sorted(
            some - {but}, key=lambda w: (-r.price[r.holder[w]] / self.called[r.holder[w]] - r.cost[w], w)
        )
        for way in order:
            spare = self._spare(way)
            if spare > 0:
                self.send(way, -min(spare, self.sent[way]))
                if needs is not None and all(self.lacking[n] >= -TINY for n in needs):
                    return

    def _spare(self, way: int) -> int:
        """How many items of a way no need would miss."""
        lacking, short = self.lacking, self._short
        shares = self._way_shares[way]
        if len(shares) == 1:
            n, share = shares[0]
            return int((TINY - lacking[n]) / share) if short[n] else 0
        return min((int((TINY - lacking[n]) / share) for n, share in shares if short[n]), default=0)

    def release(self, holder: int, ways: Sequence[int]) -> None:
        """Take back everything that is sent of a holder by these ways."""
        for way in ways:
            if way in self.sent and self.ready.holder[way] == holder:
                self.send(way, -self.sent[way])


def by_holder(ready: Ready, ways: Iterable[int]) -> dict[int, list[int]]:
    """{holder: its ways}, of these ways."""
    out: dict[int, list[int]] = {}
    for way in ways:
        out.setdefault(ready.holder[way], []).append(way)
    return out


def by_need(ready: Ready, ways: Iterable[int]) -> dict[int, list[int]]:
    """{need: the ways that serve it}, of these ways."""
    out: dict[int, list[int]] = {}
    for way in ways:
        for n, _share in ready.shares[way]:
            out.setdefault(n, []).append(way)
    return out


def nearest_first(ready: Ready) -> State:
    """What a desk does without a plan: for one need after the other the nearest that is free."""
    state = State(ready)
    order = sorted(range(len(ready.short)), key=lambda n: (-ready.short[n], ready.model.needs[n].deadline))
    ways = by_need(ready, range(len(ready.number)))
    minutes = [float(ready.model.way_minutes[n]) for n in ready.number]
    for n in order:
        for way in sorted(ways.get(n, ()), key=lambda w: (minutes[w], w)):
            if state.lacking[n] <= TINY:
                break
            share = next(s for m, s in ready.shares[way] if m == n)
            state.send(way, min(state.may(way), math.ceil(state.lacking[n] / share - 1e-6)))
    return state


def better(state: State, holder: int, own: Sequence[int], ways: dict[int, list[int]]) -> bool:
    """Try to do without a holder, `own` its ways: stay so if it costs less, else nothing has changed.

    No need may lack more for it, whatever it saves: what could be had is had.
    `ways` are those that may fill each need instead.
    """
    if holder not in state.called:
        return False
    mark, before = state.mark(), state.cost
    short = {n for way in own if way in state.sent for n, _share in state.ready.shares[way]}
    lacked = {n: max(0.0, state.lacking[n]) for n in short}
    state.release(holder, own)
    instead = {w for n in short for w in ways.get(n, ()) if state.ready.holder[w] != holder}
    state.fill(instead)
    state.prune(short)
    if state.cost < before - 1e-9 and all(state.lacking[n] <= lack + TINY for n, lack in lacked.items()):
        return True
    state.back(mark)
    return False


def gathered(state: State) -> None:
    """Let needs that lack a little have it from others that lack anyway: fewer go short.

    For each pair items of one group are moved from the one to the other, if that costs less.
    """
    ready = state.ready
    of_group: dict[tuple[int, int], list[int]] = {}
    for way, shares in enumerate(ready.shares):
        if len(shares) == 1:
            of_group.setdefault((ready.group[way], shares[0][0]), []).append(way)
    short = [n for n, lack in enumerate(state.lacking) if lack > TINY]
    for need in sorted(short, key=lambda n: (state.lacking[n] * ready.short[n], n)):
        others = sorted(
            (n for n in short if n != need and state.lacking[n] > TINY), key=lambda n: -state.lacking[n]
        )
        for other in others:
            if state.lacking[need] <= TINY:
                break
            _moved(state, of_group, other, need)


def _moved(state: State, of_group: dict[tuple[int, int], list[int]], giver: int, need: int) -> None:
    ready = state.ready
    mark, before = state.mark(), state.cost
    for way in [w for w in state.sent if ready.shares[w][0][0] == giver and len(ready.shares[w]) == 1]:
        for instead in of_group.get((ready.group[way], need), ()):
            if state.lacking[need] > TINY and way in state.sent:
                items = min(state.sent[way], state.wanted(instead))
                state.send(way, -items)
                state.send(instead, min(items, state.may(instead)))
    if state.cost >= before - 1e-9:
        state.back(mark)
