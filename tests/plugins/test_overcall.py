"""Over-call: no line of the plan changes for it, and what is more obeys every rule that the plan does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.plugins.planner.callmodel import STYLES, Model, Need
from emergency.plugins.planner.callup import solve
from emergency.plugins.planner.overcall import more

from .test_callup_planner import SOLVERS, broken, models, small


def together(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {way: one.get(way, 0) + other.get(way, 0) for way in {*one, *other}}


@pytest.mark.parametrize("solver", SOLVERS)
@given(model=models(), style=st.sampled_from([*STYLES]), share=st.sampled_from([0.1, 0.5, 1.0]))
@settings(max_examples=60)
def test_plan_and_over_call_together_obey_the_model_whatever_the_figures(
    solver: bool, model: Model, style: str, share: float
) -> None:
    answer = solve(model, style, 2.0, solver=solver)
    found = more(model, answer, share, style, 2.0)
    # How many holders may be called is a rule of staging's models; those of a call-up have none.
    without = model._replace(areas=())
    assert broken(without, together(answer.plan.sent, found.sent)) == []
    assert all(much == 0 for much, short in zip(found.wanted, answer.plan.short, strict=True) if short)


def test_what_is_more_comes_from_others_and_in_time() -> None:
    for seed in range(60):
        model = small(seed)._replace(areas=())
        answer = solve(model, "balanced", 2.0)
        found = more(model, answer, 0.5, "balanced", 2.0)
        needs: dict[int, list[int]] = {}
        for way, need in zip(model.part_way, model.part_need, strict=True):
            needs.setdefault(way, []).append(need)
        holders = {way: model.group_holder[group] for way, group in enumerate(model.way_group)}
        serve = {(holders[way], n) for way in answer.plan.sent for n in needs[way]}
        for way in found.sent:
            helped = [n for n in needs[way] if found.wanted[n] > 0]
            assert helped, seed
            assert not {(holders[way], n) for n in helped} & serve, seed
            assert any(model.way_minutes[way] <= model.needs[n].deadline for n in helped), seed


def test_half_as_much_again_is_called_where_it_is_there_and_is_kept_by_a_new_plan() -> None:
    # Four teams with one thing each, two things wanted.
    model = Model(
        [Need(2.0, 60.0)], [1.0] * 4, range(4), [1] * 4, range(4), [10.0, 20.0, 30.0, 90.0], range(4), [0] * 4, [1.0] * 4
    )  # fmt: skip
    answer = solve(model)
    assert answer.plan.sent == {0: 1, 1: 1}
    found = more(model, answer, 0.5, "balanced", 2.0)
    assert (found.sent, found.wanted, found.short) == ({2: 1}, [1.0], [0.0])
    # The fourth is there too late to be any help.
    assert more(model, answer, 1.0, "balanced", 2.0).sent == {2: 1}
    # Where two that stand as drafts are one from each, each stays what it was.
    again = model._replace(kept={0: 1, 1: 1, 2: 1})
    answer = solve(again)
    both = together(answer.plan.sent, more(again, answer, 0.5, "balanced", 2.0).sent)
    assert both == {0: 1, 1: 1, 2: 1}
