"""The model of a call-up plan: needs, who holds what, and what sending it costs.

Costs are minutes: those that all of a need of plain priority waits. A need that stays short costs
SHORT of them, so that nothing goes short to save time or to spare a team; then come lateness and
arrival, by priority; then the holders that are called out, at the price that the style sets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

#: Minutes that a whole need of weight 1 left short counts for.
SHORT = 10_000.0
#: Minutes more for a need that is not met in full, however little it lacks: three met and one in want are
#: better than four that each lack a quarter.
MISSED = 300.0
#: A minute after the deadline counts so many times more than one before it.
LATE = 4.0
#: Minutes that calling out one more holder counts for: the three plans that are offered.
STYLES = {"fast": 0.5, "balanced": 10.0, "few": 60.0}
#: Minutes that a line counts for that an earlier plan had otherwise: for less, nothing is changed.
CHANGE = 15.0
#: Below this share of a need nothing is missing; an item that gives no more than LEAST of it is no help.
TINY = 1e-7
LEAST = 1e-9


class Need(NamedTuple):
    """So much of something, in any unit above nothing, wanted within so many minutes."""

    amount: float
    deadline: float = math.inf
    #: By priority: what a minute of its waiting counts for.
    weight: float = 1.0


class Pool(NamedTuple):
    """Several ways that draw on one amount: the sum of share x items is at most `cap`."""

    cap: float
    #: (way, share)
    parts: tuple[tuple[int, float], ...]


class Area(NamedTuple):
    """At most `most` of these holders may be called: the others must stay."""

    most: int
    holders: tuple[int, ...]


class Model(NamedTuple):
    """What is asked: lists, or arrays of numpy, of figures; holders, groups and ways are numbered from 0."""

    needs: Sequence[Need]
    #: What calling each holder counts for: 1 a team.
    burdens: Sequence[float]
    #: Like items of one holder are a group: whose, and how many may be sent, floors taken off.
    group_holder: Sequence[int]
    group_count: Sequence[int]
    #: A way is an item of a group sent to one place: of which group, and the minutes until it is there.
    way_group: Sequence[int]
    way_minutes: Sequence[float]
    #: What an item gives, part by part, in the order of the ways: which way, to which need, how much.
    part_way: Sequence[int]
    part_need: Sequence[int]
    part_gives: Sequence[float]
    pools: Sequence[Pool] = ()
    areas: Sequence[Area] = ()
    #: {way: items} of an earlier plan, that a new one should keep.
    kept: Mapping[int, int] = {}


class Plan(NamedTuple):
    """An answer. It obeys every count, pool and area of its model."""

    #: {way: items sent}, none of them 0.
    sent: dict[int, int]
    #: The share of each need that stays short, 0 to 1.
    short: list[float]
    #: What it costs, in the minutes of this module, and what no plan can cost less than.
    cost: float
    bound: float
    #: `highs`, `prices` where there is no solver, `none` where nothing can be sent or nothing is needed.
    method: str

    @property
    def gap(self) -> float:
        """How far from the best this plan can be at most, as a share of its cost: 0 is proven best."""
        return max(0.0, self.cost - self.bound) / self.cost if self.cost > 0 else 0.0


class Ready(NamedTuple):
    """A model made ready for solving: what cannot serve is out, and everything is a share of a need."""

    model: Model
    #: Of each way that can serve: its number in the model, group, holder, cost of an item, most items.
    number: list[int]
    group: list[int]
    holder: list[int]
    cost: list[float]
    most: list[int]
    #: ((need, share of it an item gives), ...), no share above 1.
    shares: list[tuple[tuple[int, float], ...]]
    #: Items of each group, and what calling each holder costs.
    stock: list[int]
    price: list[float]
    #: What a whole need left short costs, and what it costs that it lacks anything; 0 where nothing is asked.
    short: list[float]
    missed: list[float]
    #: [(cap, [(way, share)])] and [(most, holders)] over the ways that can serve.
    pools: list[tuple[float, list[tuple[int, float]]]]
    areas: list[tuple[int, tuple[int, ...]]]


def sound(figure: float) -> bool:
    """Whether a figure is one: neither infinite nor no number."""
    return math.isfinite(figure)


def waiting(need: Need, minutes: float) -> float:
    """What a whole need costs that is met so late."""
    return need.weight * (minutes + LATE * max(0.0, minutes - need.deadline))


def ready(model: Model, style: str) -> Ready:
    """Drop what cannot serve and put prices on the rest. Never raises for figures, however wrong."""
    needs = [cleaned(n) for n in model.needs]
    count = [max(0, int(c)) if sound(c) else 0 for c in model.group_count]
    holder_of = [int(h) for h in model.group_holder]
    price = [STYLES[style] * (min(1e3, max(0.0, float(b))) if sound(b) else 1.0) for b in model.burdens]
    empty = {w for p in model.pools if not (sound(p.cap) and p.cap > 0) for w, s in p.parts if s > 0}
    gives = _gives(model, needs)
    number, group, holder, cost, most, shares = [], [], [], [], [], []
    for n, (g, minutes) in enumerate(zip(model.way_group, model.way_minutes, strict=True)):
        share = gives.get(n)
        if share is None or not 0 <= g < len(count) or not count[g] or not sound(minutes) or n in empty:
            continue
        if not 0 <= holder_of[g] < len(price):
            continue
        late = max(0.0, float(minutes))
        waits, items = 0.0, 0
        for m, s in share:
            waits += waiting(needs[m], late) * s
            if (enough := math.ceil(1 / s - TINY)) > items:
                items = enough
        number.append(n)
        group.append(int(g))
        holder.append(holder_of[g])
        cost.append(waits)
        most.append(min(count[g], items))
        shares.append(tuple(share))
    place = {n: i for i, n in enumerate(number)}
    pools = [(float(p.cap), _drawn(p, place)) for p in model.pools]
    short = [SHORT * n.weight if n.amount > 0 else 0.0 for n in needs]
    missed = [MISSED * n.weight if n.amount > 0 else 0.0 for n in needs]
    areas = [(max(0, int(a.most)), a.holders) for a in model.areas if a.most < len(a.holders)]
    return Ready(
        model, number, group, holder, cost, most, shares, count, price, short, missed,
        [p for p in pools if p[1]], areas,
    )  # fmt: skip


def _drawn(pool: Pool, place: Mapping[int, int]) -> list[tuple[int, float]]:
    """The ways that draw on a pool, each once, by their `place`: one that is named twice draws twice as much."""
    out: dict[int, float] = {}
    for way, share in pool.parts:
        if way in place and sound(share) and share > 0:
            out[place[way]] = out.get(place[way], 0.0) + float(share)
    return list(out.items())


def cleaned(need: Need) -> Need:
    """The same with figures that can be reckoned with; one whose amount is none asks nothing."""
    amount = float(need.amount) if sound(need.amount) and need.amount > 0 else 0.0
    weight = float(need.weight) if sound(need.weight) and need.weight > 0 else 1.0
    deadline = math.inf if math.isnan(need.deadline) else max(0.0, float(need.deadline))
    return Need(amount, deadline, min(weight, 1e6))


def _gives(model: Model, needs: list[Need]) -> dict[int, list[tuple[int, float]]]:
    """{way: what an item gives, as shares of the needs}; more than all of a need is all of it."""
    out: dict[int, list[tuple[int, float]]] = {}
    amounts = [n.amount for n in needs]
    for way, n, given in zip(model.part_way, model.part_need, model.part_gives, strict=True):
        if 0 <= n < len(amounts) and amounts[n] > 0 and math.isfinite(given):
            share = float(given) / amounts[n]
            if share > LEAST:
                out.setdefault(int(way), []).append((int(n), share if share < 1.0 else 1.0))
    return out
