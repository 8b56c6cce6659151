"""Call-up plans: which holders send what to which need, so that least is short, soonest, with fewest called out.

With highspy: the relaxation of the whole model gives a bound and prices; a small model over the
holders that price well chooses whom to call; then the items are made whole, what is short although
it could be had is repaired, and what does not pay is dropped. Without it: callprices.py. Either way
the plan obeys every count, pool and area, and says how far from the best it may be.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from emergency.plugins.planner import callprices, highs
from emergency.plugins.planner.callmodel import CHANGE, TINY, Model, Plan, Ready, ready
from emergency.plugins.planner.callnarrow import MANY, Field
from emergency.plugins.planner.callstate import (
    State,
    better,
    by_holder,
    by_need,
    gathered,
    nearest_first,
)

if TYPE_CHECKING:
    from emergency.plugins.planner.callhighs import Relaxed

#: Models with no more ways than this are solved whole at once: nothing is gained by steps.
SMALL = 400
#: Holders in the small model: too many ruin it.
MOST_HOLDERS = 1200
#: Further from its bound than this, rounding the relaxation was not good enough: whom to call is solved for.
#: Of very many ways few come into question, so that it takes a second and a half there too.
FAR, FAR_LARGE = 0.02, 0.01
#: A plan this near its bound is good enough; else so many holders are tried in making it better. They are
#: counted, so that a busy machine comes to the same plan.
NEAR = 0.009
TRIED = 600


class Answer(NamedTuple):
    """A plan with what it is measured by."""

    plan: Plan
    #: The plan over what was searched, and the number in the model of each way there.
    state: State
    numbers: Sequence[int]
    #: Holders called by the plan, and by taking the nearest for each need in turn.
    called: list[int]
    nearest: int
    #: Needs that taking the nearest would leave short.
    nearest_short: int
    #: Seconds in the relaxation alone, and in all.
    relaxing: float
    seconds: float


def solve(
    model: Model, style: str = "balanced", seconds: float = 10.0, *, solver: bool | None = None
) -> Answer:
    """Plan a call-up. `style` is one of STYLES; `seconds` bound the search, not the reading of the model.

    Whatever the figures, a plan comes back: nothing sent where nothing can be. `solver` False keeps to
    the way without highspy.
    """
    begun = time.monotonic()
    end = begun + seconds
    with_solver = highs.there() if solver is None else solver
    field = Field(model, style) if with_solver and len(model.way_group) > MANY else None
    numbers: Sequence[int] = range(len(model.way_group))
    relaxing = 0.0
    while True:
        some = model
        if field is not None:
            some, numbers = field.chosen()
        asked = ready(some, style)
        if not asked.number or not any(asked.short):
            state, bound, method = State(asked), sum(asked.short) + sum(asked.missed), "none"
        elif not with_solver:
            state, bound = callprices.solve(asked, min(seconds, 6.0))
            method = "prices"
            _improved(asked, state, bound, end)
        elif len(asked.number) <= SMALL and field is None:
            (state, bound), method = _exact(asked, end), "highs"
        else:
            everyone = by_holder(asked, range(len(asked.number)))
            relaxed, spent = _relaxed(asked, everyone)
            relaxing += spent
            missing = 0.0
            if field is not None:
                missing, earning = field.earnings(relaxed.prices)
                if missing > 5e-4 * relaxed.cost and time.monotonic() < end:
                    field.take_in(earning)
                    continue
            bound, method = max(0.0, relaxed.cost - missing), "highs"
            state = _chosen(asked, everyone, relaxed, bound, end, FAR if field is None else FAR_LARGE)
        if some.kept:
            state = _steady(asked, state, end)
        lacking = [n for n, lack in enumerate(state.lacking) if lack > TINY]
        if field is None or not lacking or not len(others := field.others_for(lacking)):
            break
        # Short, and not all that could help was looked at.
        field.take_in(others)
    return _answer(asked, state, bound, method, numbers, relaxing, begun)


def _answer(
    asked: Ready,
    state: State,
    bound: float,
    method: str,
    numbers: Sequence[int],
    relaxing: float,
    begun: float,
) -> Answer:
    # Pruning may have freed what another need still lacks.
    lacks = {n for n, lack in enumerate(state.lacking) if lack > TINY}
    if lacks:
        state.fill(w for w, shares in enumerate(asked.shares) if any(n in lacks for n, _share in shares))
    near = nearest_first(asked)
    plan = Plan(
        {numbers[asked.number[w]]: items for w, items in sorted(state.sent.items())},
        [lack if lack > TINY else 0.0 for lack in state.lacking],
        state.cost,
        min(bound, state.cost),
        method,
    )
    return Answer(
        plan,
        state,
        numbers,
        sorted(state.called),
        len(near.called),
        sum(lack > TINY for lack in near.lacking),
        relaxing,
        time.monotonic() - begun,
    )


def _steady(asked: Ready, free: State, end: float) -> State:
    """The earlier plan with what it lacks now filled up, unless the one that was made freely is worth its changes."""
    kept = {w: items for w, n in enumerate(asked.number) if (items := asked.model.kept.get(n, 0)) > 0}
    state = State(asked)
    for way, items in kept.items():
        state.send(way, min(items, state.may(way), state.wanted(way)))
    held = frozenset(state.called)
    state.fill(range(len(asked.number)))
    gathered(state)
    state.prune()
    _improved(asked, state, 0.0, end, held=held, most=TRIED)

    def changes(one: State) -> float:
        return one.cost + CHANGE * sum(one.sent.get(way, 0) != items for way, items in kept.items())

    return min(state, free, key=changes)


def _exact(asked: Ready, end: float) -> tuple[State, float]:
    """(plan, bound) of a small model, all in whole numbers at once."""
    from emergency.plugins.planner.callhighs import Program

    ways = range(len(asked.number))
    state = _filled(asked, ways)
    program = Program(asked, list(by_holder(asked, ways)), ways)
    found, bound = program.whole(holders=True, items=True, seconds=min(end - time.monotonic(), 3.0), gap=1e-6)
    if found:
        state = min(state, _rounded(asked, found.sent, ways), key=lambda s: s.cost)
    bound = max(0.0, bound) if math.isfinite(bound) else 0.0
    _improved(asked, state, bound, end)
    return state, bound


def _relaxed(asked: Ready, everyone: dict[int, list[int]]) -> tuple[Relaxed, float]:
    """The relaxation over these holders, and seconds in the solver alone."""
    from emergency.plugins.planner.callhighs import Program

    program = Program(asked, list(everyone), range(len(asked.number)))
    begun = time.monotonic()
    relaxed = program.relax()
    return relaxed, time.monotonic() - begun


def _chosen(
    asked: Ready, everyone: dict[int, list[int]], relaxed: Relaxed, bound: float, end: float, far: float
) -> State:
    """Whom to call, by a small model where rounding the relaxation is not good enough; then improved."""
    from emergency.plugins.planner.callhighs import Program

    chosen = _promising(asked, everyone, relaxed.prices, relaxed.called)
    ways = [w for h in chosen for w in everyone[h]]
    state = _rounded(asked, relaxed.sent, ways)
    _improved(asked, state, bound, end, relaxed.called, most=TRIED)
    if state.cost - bound > far * state.cost:
        program = Program(asked, chosen, ways)
        seconds = (end - time.monotonic()) / 3
        found, _bound = program.whole(holders=True, items=False, seconds=seconds, gap=5e-3)
        if found:
            own = [w for h in chosen if h in found.called for w in everyone[h]]
            state = min(state, _rounded(asked, found.sent, own), key=lambda s: s.cost)
        _improved(asked, state, bound, end, relaxed.called)
    return state


def _promising(
    asked: Ready, everyone: dict[int, list[int]], prices: Sequence[float], called: dict[int, float]
) -> list[int]:
    """Whom the relaxation calls, and those that come nearest to paying at its prices."""
    others = [h for h in everyone if h not in called]
    earns = callprices.earned(asked, {h: everyone[h] for h in others}, prices, least=-math.inf)
    others.sort(key=lambda h: (-earns[h] / (1.0 + asked.price[h]), h))
    room = max(0, min(MOST_HOLDERS, max(150, 2 * len(called))) - len(called))
    return sorted([*called, *others[:room]])


def _rounded(asked: Ready, sent: dict[int, float], ways: Iterable[int]) -> State:
    """A plan of a solver's figures: whole items, then what lacks filled up from these ways."""
    state = State(asked)
    for way, items in sorted(sent.items(), key=lambda pair: (math.ceil(pair[1]) - pair[1], pair[0])):
        state.send(way, min(state.may(way), int(items + 1e-6)))
    ways = list(ways)
    state.fill(ways, opened=True)
    state.fill(ways)
    if any(lack > TINY for lack in state.lacking):
        # Short although it may be there: anybody who has it comes, whatever the solver thought.
        short = by_need(asked, range(len(asked.number)))
        state.fill({w for n, lack in enumerate(state.lacking) if lack > TINY for w in short.get(n, ())})
        gathered(state)
    state.prune()
    return state


def _filled(asked: Ready, ways: Iterable[int]) -> State:
    """The plan that takes the cheapest item first."""
    state = State(asked)
    state.fill(ways)
    state.prune()
    return state


def _improved(
    asked: Ready,
    state: State,
    bound: float,
    end: float,
    called: Mapping[int, float] | None = None,
    *,
    held: frozenset[int] = frozenset(),
    most: int = sys.maxsize,
) -> None:
    """Try to do without each holder until the plan is near its bound, with `most` of them at most.

    First come those of which the relaxation `called` the least share, then those that bring least;
    those `held` stay.
    """
    near = state.near
    for _round in range(4):
        before = state.cost
        own = by_holder(asked, list(state.sent))
        brings = {h: sum(asked.shares[w][0][1] * state.sent[w] for w in some) for h, some in own.items()}
        moves = sorted(
            own.items(), key=lambda pair: ((called or {}).get(pair[0], 1.0), brings[pair[0]], pair[0])
        )
        for holder, some in moves:
            if time.monotonic() > end or state.cost - bound <= NEAR * state.cost:
                return
            if holder not in held and holder in state.called:
                if most <= 0:
                    return
                most -= 1
                better(state, holder, some, near)
        if state.cost > before * (1 - 1e-4):
            return
