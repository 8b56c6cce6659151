"""The call-up planner against every plan there is, on small models; and its rules on any model at all."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.plugins.planner import callup
from emergency.plugins.planner.callflows import apart
from emergency.plugins.planner.callmodel import STYLES, TINY, Area, Model, Need, Pool, ready
from emergency.plugins.planner.callstate import State, by_holder
from emergency.plugins.planner.callup import Answer, solve
from tests.bench.callups import Size, made

SOLVERS = [True, False]
figures = st.one_of(
    st.integers(0, 6).map(float), st.sampled_from([math.inf, -math.inf, math.nan, -1.0, 0.5, 1e12, 1e-12])
)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Small models, some of whose figures make no sense."""
    needs = draw(st.lists(st.builds(Need, figures, figures, figures), max_size=4))
    holders = draw(st.integers(0, 4))
    groups = draw(st.lists(st.tuples(st.integers(0, max(0, holders - 1)), st.integers(-1, 4)), max_size=6))
    ways = draw(st.lists(st.tuples(st.integers(-1, 6), figures), max_size=8)) if groups else []
    parts = sorted(
        draw(
            st.lists(
                st.tuples(st.integers(0, len(ways) - 1), st.integers(0, 4), figures),
                unique_by=lambda part: part[:2], max_size=10,
            )
        )
        if ways
        else []
    )  # fmt: skip
    some_ways = st.lists(st.tuples(st.integers(0, max(0, len(ways) - 1)), figures), max_size=3).map(tuple)
    pools = draw(st.lists(st.builds(Pool, figures, some_ways), max_size=2)) if ways else []
    areas = draw(
        st.lists(
            st.builds(
                Area, st.integers(0, 2), st.lists(st.integers(0, max(0, holders - 1)), unique=True).map(tuple)
            ),
            max_size=2,
        )
    )
    kept = draw(st.dictionaries(st.integers(0, len(ways) - 1), st.integers(0, 2))) if ways else {}
    return Model(
        needs, draw(st.lists(figures, min_size=holders, max_size=holders)),
        [g[0] for g in groups], [g[1] for g in groups], [w[0] for w in ways], [w[1] for w in ways],
        [p[0] for p in parts], [p[1] for p in parts], [p[2] for p in parts], pools, areas, kept,
    )  # fmt: skip


def broken(model: Model, sent: dict[int, int]) -> list[str]:
    """The rules of the model that a plan breaks."""
    out = []
    used: dict[int, int] = {}
    for way, items in sent.items():
        if items <= 0 or items != int(items):
            out.append(f"way {way}: {items} items")
        used[model.way_group[way]] = used.get(model.way_group[way], 0) + items
        if not math.isfinite(model.way_minutes[way]):
            out.append(f"way {way}: never arrives")
    out += [f"group {g}: {n} of {model.group_count[g]}" for g, n in used.items() if n > model.group_count[g]]
    for p, pool in enumerate(model.pools):
        drawn = sum(s * sent.get(w, 0) for w, s in pool.parts if math.isfinite(s) and s > 0)
        if drawn > (pool.cap if pool.cap > 0 else 0) + 1e-6:
            out.append(f"pool {p}: {drawn} of {pool.cap}")
    called = {model.group_holder[model.way_group[w]] for w in sent}
    out += [
        f"area {a}" for a, area in enumerate(model.areas) if len(called & {*area.holders}) > max(0, area.most)
    ]
    return out


def able(model: Model, answer: Answer, style: str) -> list[int]:
    """Needs that stay short although something that gives to them may still be sent."""
    asked = ready(model, style)
    state = State(asked)
    for w, n in enumerate(asked.number):
        state.send(w, answer.plan.sent.get(n, 0))
    return [
        n
        for w, shares in enumerate(asked.shares)
        for n, _s in shares
        if state.lacking[n] > TINY and state.may(w)
    ]


def every_plan(model: Model, style: str) -> Iterator[float]:
    """What each plan there is costs."""
    asked = ready(model, style)
    most = [min(m, asked.stock[g]) for m, g in zip(asked.most, asked.group, strict=True)]
    for items in itertools.product(*(range(m + 1) for m in most)):
        sent = {asked.number[w]: k for w, k in enumerate(items) if k}
        if not broken(model, sent):
            state = State(asked)
            for w, k in enumerate(items):
                state.send(w, k)
            yield state.cost


def small(seed: int) -> Model:
    """A model whose plans can be counted: needs of two kinds at two places, items of several sizes."""
    draw = random.Random(seed)
    holders = draw.randint(1, 4)
    group_holder = [draw.randrange(holders) for _ in range(draw.randint(1, 4))]
    needs = [
        Need(
            draw.choice((1.0, 2.0, 3.0, 5.0)),
            draw.choice((20.0, 60.0, math.inf)),
            draw.choice((1.0, 2.0, 4.0)),
        )
        for _ in range(draw.randint(1, 3))
    ]
    ways = [(g, draw.uniform(5, 90)) for g in range(len(group_holder)) for _ in range(draw.randint(1, 2))]
    parts = []
    for w in range(len(ways)):
        for n in sorted(draw.sample(range(len(needs)), draw.choice((1, 1, min(2, len(needs)))))):
            parts.append((w, n, draw.choice((0.5, 1.0, 2.0))))
    pools = [Pool(2.0, tuple((w, 1.0) for w in range(min(3, len(ways)))))] if draw.random() < 0.3 else []
    areas = [Area(1, (0, 1))] if holders > 1 and draw.random() < 0.3 else []
    return Model(
        needs, [1.0] * holders, group_holder, [draw.randint(1, 2) for _ in group_holder],
        [w[0] for w in ways], [w[1] for w in ways], [p[0] for p in parts], [p[1] for p in parts],
        [p[2] for p in parts], pools, areas,
    )  # fmt: skip


@pytest.mark.parametrize("solver", SOLVERS)
@given(model=models(), style=st.sampled_from([*STYLES]))
@settings(max_examples=150)
def test_every_plan_obeys_its_model_whatever_the_figures(solver: bool, model: Model, style: str) -> None:
    answer = solve(model, style, 2.0, solver=solver)
    assert broken(model, answer.plan.sent) == []
    assert able(model, answer, style) == []
    assert 0.0 <= answer.plan.gap <= 1.0


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("style", STYLES)
def test_the_best_plan_there_is_lies_within_the_gap_that_is_printed(solver: bool, style: str) -> None:
    worse = []
    for seed in range(60):
        model = small(seed)
        answer = solve(model, style, 2.0, solver=solver)
        best = min(every_plan(model, style))
        assert answer.plan.bound <= best + 1e-6 * (1 + best), seed
        assert answer.plan.cost >= best - 1e-6 * (1 + best), seed
        worse.append(answer.plan.cost / best - 1 if best else 0.0)
    if solver:
        assert max(worse) < 1e-6
    else:
        assert sorted(worse)[len(worse) // 2] < 0.02


def test_what_an_earlier_plan_named_is_kept_where_nothing_else_has_changed() -> None:
    # Two teams alike; the second is a little nearer, but the first has been told.
    model = Model([Need(1.0)], [1.0, 1.0], [0, 1], [1, 1], [0, 1], [30.0, 25.0], [0, 1], [0, 0], [1.0, 1.0])
    assert solve(model).plan.sent == {1: 1}
    assert solve(model._replace(kept={0: 1})).plan.sent == {0: 1}


def test_a_shortfall_is_worse_than_any_number_of_teams() -> None:
    # A hundred teams with one thing each, and a hundred things asked for.
    n = 100
    model = Model(
        [Need(100.0)], [1.0] * n, range(n), [1] * n, range(n), [600.0] * n, range(n), [0] * n, [1.0] * n
    )
    assert len(solve(model, "few").called) == n
    assert len(solve(model, "few", solver=False).called) == n


#: 150 teams, twelve needs: some 2,000 ways.
MIDDLING = Size(150, 6_000, 12, 6, 0.1, 200)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_very_many_ways_few_are_looked_at_and_the_bound_holds_over_all(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = made(MIDDLING, seed)
    whole = solve(model, seconds=60)
    monkeypatch.setattr(callup, "MANY", 500)
    narrowed = solve(model, seconds=60)
    assert len(narrowed.numbers) < len(model.way_group) == len(whole.numbers)
    assert broken(model, narrowed.plan.sent) == [] == able(model, narrowed, "balanced")
    assert narrowed.plan.bound <= whole.plan.cost + 1e-6
    assert narrowed.plan.cost >= whole.plan.bound - 1e-6
    assert narrowed.plan.bound == pytest.approx(whole.plan.bound, rel=0.002)
    assert narrowed.plan.gap < 0.02


def test_improving_ends_by_what_was_tried_and_not_by_the_clock() -> None:
    model = made(MIDDLING, 4)
    first, again = (solve(model, seconds=seconds) for seconds in (60, 600))
    assert first.plan.sent == again.plan.sent


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_pool_that_names_a_way_twice_is_drawn_on_twice(solver: bool) -> None:
    model = Model(
        [Need(2.0)], [1.0], [0], [2], [0], [5.0], [0], [0], [1.0], [Pool(2.0, ((0, 1.0), (0, 1.0)))]
    )
    assert solve(model, solver=solver).plan.sent == {0: 1}


@pytest.mark.parametrize("seed", range(20))
def test_parts_of_a_plan_that_have_nothing_to_do_with_each_other_are_solved_one_by_one_as_together(
    seed: int,
) -> None:
    from emergency.plugins.planner.callhighs import Program

    model = made(MIDDLING, seed) if seed % 4 == 0 else small(seed)
    asked = ready(model._replace(areas=()), "balanced")
    ways = list(range(len(asked.number)))

    def cost(some: list[int]) -> float:
        holders = list(by_holder(asked, some))
        found = Program(asked, holders, some, opened=True).relax() if some else None
        return found.cost - sum(asked.price[h] for h in holders) if found else 0.0

    parts = apart(asked, ways)
    assert sorted(w for some in parts for w in some) == ways
    assert sum(map(cost, parts)) == pytest.approx(cost(ways))
