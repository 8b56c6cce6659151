"""Branch and bound for the p-median, by multipliers: few sites, a gap that they leave, and time to close it."""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np

from emergency.plugins.planner.located import Clock, rounding

Array = Any
#: Rounds of the multipliers at a node, those without a gain until the step is halved, and the first step.
ROUNDS, PATIENCE, STEP = 60, 5, 0.6
#: How much more an area may pay at a node than it paid above, as a share of that and of the mean: a bound holds whatever it pays.
ROOM, ROOM_ADDED = 1.1, 0.05
#: Such a share of what is rounding is lost in sums, and a gain of more is one: were it as much as `prove` calls no gain, the last
#: nodes would neither become better nor be done.
LOST = 0.1
#: Nodes that may wait: each keeps its columns and its multipliers.
MOST_NODES = 20_000


class Node(NamedTuple):
    """What is decided: the columns that may be open, which of them must be, and the multipliers to go on from."""

    columns: Array
    fixed: Array
    pay: Array


class Proof(NamedTuple):
    """A bound on everything, and the best choice where it is better than what was known."""

    bound: float
    value: float
    chosen: Array | None


def prove(cost: Array, count: int, pay: Array, value: float, least: float, clock: Clock) -> Proof:
    """Close the gap below `value` as far as time allows; a gain of less than `least` is none.

    Always the node with the least bound next, so that the bound rises for as long as there is time.
    """
    best: Array | None = None
    # Sites x areas here: sites are left out and opened by the row.
    cost = np.ascontiguousarray(cost.T)
    start = Node(np.arange(cost.shape[0]), np.zeros(cost.shape[0], dtype=bool), pay)
    heap: list[tuple[float, int, Node]] = [(-np.inf, 0, start)]
    made = 0
    while heap:
        bound, _number, node = heapq.heappop(heap)
        if bound > value - least:
            return Proof(value, value, best)
        if clock.over or len(heap) > MOST_NODES:
            return Proof(bound, value, best)
        for child in _children(node) if bound > -np.inf else [node]:
            ended = _ascend(cost, count, child, value, least, clock)
            if ended.value < value - rounding(value):
                value, best = ended.value, ended.chosen
            if ended.node is not None:
                made += 1
                heapq.heappush(heap, (max(bound, ended.bound), made, ended.node))
    return Proof(value, value, best)


class _Ended(NamedTuple):
    bound: float
    value: float
    chosen: Array
    #: None where nothing below it can be better.
    node: Node | None


def _children(node: Node) -> list[Node]:
    """Its two halves; the first column is the one to branch on, as `_branch` left them."""
    opened = node.fixed.copy()
    opened[0] = True
    return [Node(node.columns, opened, node.pay), Node(node.columns[1:], node.fixed[1:], node.pay)]


def _ascend(cost: Array, count: int, node: Node, value: float, least: float, clock: Clock) -> _Ended:
    """Raise the bound of a node, leave out and fix what its worth allows, and try the choices it makes."""
    columns, fixed = node.columns, node.fixed
    within = cost[columns]
    pay, best_pay, bound = node.pay, node.pay, -np.inf
    step, since, best, chosen = STEP, 0, np.inf, columns[:0]
    heading = np.zeros(len(pay))
    saved = np.zeros(len(columns))
    cells = _Cells(within, ROOM * pay + ROOM_ADDED * float(pay.mean()))
    for _round in range(ROUNDS):
        if fixed.sum() > count or len(columns) < count:
            return _Ended(np.inf, best, chosen, None)
        saved, served = cells.dual(pay)
        ranked = np.where(fixed, -np.inf, saved)
        order = np.argsort(ranked, kind="stable")
        open_ = order[:count]
        now = float(pay.sum() + saved[open_].sum())
        reached = float(within[open_].min(axis=0).sum())
        if reached < min(best, value):
            best, chosen = reached, columns[open_]
            value = reached
        since += 1
        if now > bound + LOST * rounding(value):
            bound, best_pay, since = now, pay, 0
            if bound > value - least:
                return _Ended(bound, best, chosen, None)
            keep, must = _settled(saved, fixed, order, count, value - least - bound + LOST * rounding(value))
            if not keep.all() or must.any():
                fixed = (fixed | must)[keep]
                columns, within = columns[keep], within[keep]
                open_ = np.flatnonzero(np.isin(np.flatnonzero(keep), open_))
                cells.leave(keep)
                served = served[cells.left]
        elif since >= PATIENCE:
            step, since, pay, heading = step / 2, 0, best_pay, heading * 0
            if step < STEP / 40:
                break
            continue
        if clock.over:
            break
        heading = (1.0 - cells.times(served, open_, len(columns))) + 0.3 * heading
        length = float(np.square(heading).sum())
        if length == 0:
            break
        pay = np.clip(pay + step * max(value - now, least) / length * heading, 0, cells.most)
    return _branch(_Ended(bound, best, chosen, Node(columns, fixed, best_pay)), within, count)


class _Cells:
    """The cells of a table (sites x areas) that cost less than an area will pay at most: few, and the others count nothing."""

    def __init__(self, within: Array, most: Array) -> None:
        self.most = most
        self.site, self.area = np.nonzero(within < most)
        self.cost = within[self.site, self.area]
        self.sites = len(within)
        self.left: Array = None

    def dual(self, pay: Array) -> tuple[Array, Array]:
        """(what each site is worth, which cells would be served) at what the areas pay, no more than `most`."""
        reduced = self.cost - pay[self.area]
        np.minimum(reduced, 0, out=reduced)
        return np.bincount(self.site, weights=reduced, minlength=self.sites), reduced < 0

    def times(self, served: Array, open_: Array, many: int) -> Array:
        """How often each area is served by the sites that are open, of so many."""
        is_open = np.zeros(many, dtype=bool)
        is_open[open_] = True
        return np.bincount(self.area[served & is_open[self.site]], minlength=len(self.most))

    def leave(self, keep: Array) -> None:
        """Go on with some of the sites; `left` are the cells that stay."""
        self.left = np.flatnonzero(keep[self.site])
        self.site = (np.cumsum(keep) - 1)[self.site[self.left]]
        self.area, self.cost, self.sites = self.area[self.left], self.cost[self.left], int(keep.sum())


def _settled(saved: Array, fixed: Array, order: Array, count: int, room: float) -> tuple[Array, Array]:
    """(columns that may still be open, columns that must be): by what the bound would become otherwise."""
    keep, must = np.ones(len(saved), dtype=bool), np.zeros(len(saved), dtype=bool)
    inside, outside = order[:count], order[count:]
    loosest = [c for c in inside[::-1] if not fixed[c]][:1]
    if loosest:
        keep[outside] = saved[outside] - saved[loosest[0]] <= room
    else:
        keep[outside] = False
    if len(outside):
        must[inside] = (saved[outside[0]] - saved[inside] > room) & ~fixed[inside]
    return keep, must


def _branch(ended: _Ended, within: Array, count: int) -> _Ended:
    """Put the columns to branch on first: those that the multipliers open, the one that pays most before."""
    node = ended.node
    assert node is not None
    free = count - int(node.fixed.sum())
    saved = np.minimum(within - node.pay, 0).sum(axis=1)
    order = np.argsort(np.where(node.fixed, np.inf, saved), kind="stable")
    open_ = np.r_[order[:free], np.flatnonzero(node.fixed)]
    value = float(within[open_].min(axis=0).sum())
    if value < ended.value:
        ended = ended._replace(value=value, chosen=node.columns[open_])
    if free == 0 or len(node.columns) <= count:
        return ended._replace(bound=np.inf, node=None)
    return ended._replace(node=Node(node.columns[order], node.fixed[order], node.pay))
