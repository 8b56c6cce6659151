"""The location solvers on figures of any size: the best of all choices, and no proof of less, with numpy and without."""

from __future__ import annotations

import builtins
import itertools
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emergency.plugins.planner import maximal_covering, p_median

from .test_planner_location import _without

np = pytest.importorskip("numpy")

SCALES = st.integers(-12, 12).map(lambda n: 10.0**n)


def best_median(cost: Any, p: int) -> float:
    return min(float(cost[:, c].min(axis=1).sum()) for c in itertools.combinations(range(cost.shape[1]), p))


def best_cover(covers: Any, weights: Any, p: int) -> float:
    some = itertools.combinations(range(covers.shape[1]), p)
    return max(float(weights[covers[:, c].any(axis=1)].sum()) for c in some)


def pure(call: Any, *arguments: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "__import__", _without(builtins.__import__))
        return call(*arguments)


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), scale=SCALES, p=st.integers(1, 4), shut=st.booleans())
@example(seed=0, scale=1e-9, p=2, shut=False)
@example(seed=3, scale=1e-12, p=3, shut=True)
def test_medians_of_any_scale_are_the_best_of_all(seed: int, scale: float, p: int, shut: bool) -> None:
    random = np.random.default_rng(seed)
    cost = random.random((9, 8)) * scale
    if shut:
        cost[random.random(cost.shape) < 0.2] = math.inf
        cost[:, 0] = np.where(np.isinf(cost[:, 0]), scale, cost[:, 0])
    best = best_median(cost, p)
    found, plain = p_median(cost, p), pure(p_median, cost.tolist(), p)
    for one in (found, plain):
        assert one.value == float(cost[:, one.sites].min(axis=1).sum()) or one.value == pytest.approx(
            float(cost[:, one.sites].min(axis=1).sum()), rel=1e-12
        )
        assert one.bound <= best * (1 + 1e-8)
        assert one.gap == 0 or one.gap == pytest.approx(1 - one.bound / one.value, rel=1e-3)
        assert not one.proven or one.value <= best * (1 + 1e-8)
    assert found.value == pytest.approx(best, rel=1e-8, abs=0) and found.proven


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), scale=SCALES, p=st.integers(1, 4))
@example(seed=0, scale=1e-12, p=2)
def test_coverings_of_any_scale_are_the_best_of_all(seed: int, scale: float, p: int) -> None:
    random = np.random.default_rng(seed)
    covers, weights = random.random((10, 8)) < 0.25, random.random(10) * scale
    # What no site covers counts for nothing, however much it weighs.
    covers[0], weights[0] = False, scale * 1e12
    best = best_cover(covers, weights, p)
    found, plain = (
        maximal_covering(covers, weights, p),
        pure(maximal_covering, covers.tolist(), weights.tolist(), p),
    )
    for one in (found, plain):
        assert one.bound >= best * (1 - 1e-8)
        assert not one.proven or one.value >= best * (1 - 1e-8)
    assert found.value == pytest.approx(best, rel=1e-8, abs=0) and found.proven


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), far=st.integers(1, 14), scale=SCALES)
def test_a_cost_that_stands_for_no_way_hides_no_small_difference(seed: int, far: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    cost = random.random((8, 7)) * scale
    cost[random.random(cost.shape) < 0.3] = scale * 10.0**far
    cost[:, :2] = random.random((8, 2)) * scale
    best = best_median(cost, 2)
    found = p_median(cost, 2)
    assert found.value == pytest.approx(best, rel=1e-7, abs=0) and found.proven


def test_small_and_large_figures_are_solved_alike() -> None:
    cost = np.random.default_rng(5).random((40, 30))
    answers = {p_median(cost * 2.0**power, 4).sites for power in (-300, -40, 0, 40, 300)}
    assert len(answers) == 1


REFUSED: list[Any] = [
    [["1", "2"]],
    [["1", 2]],
    [[b"1", 2]],
    [[1 + 2j, 2]],
    [[1e300, 1]],
    [[1, -1e300]],
]


@pytest.mark.parametrize("table", REFUSED, ids=str)
def test_what_is_no_figure_is_refused_with_numpy_and_without(table: Any) -> None:
    def weighted() -> Any:
        return p_median([[1.0, 2.0]] * 2, 1, weights=table[0])

    for run in (lambda call: call(), pure):
        with pytest.raises(ValueError, match=r"^distances "):
            run(lambda: p_median(table, 1))
        with pytest.raises(ValueError, match=r"^weights "):
            run(weighted)


def test_complex_figures_are_refused_and_not_cut_short() -> None:
    table = np.array([[1 + 2j, 2]])
    with pytest.raises(ValueError, match=r"^distances "):
        p_median(table, 1)
    with pytest.raises(ValueError, match=r"^weights "):
        p_median([[1, 2]], 1, weights=np.array([1j]))
    with pytest.raises(ValueError, match=r"^covers "):
        maximal_covering(np.array([[1 + 0j, 0]]), [1], 1)
    with pytest.raises(ValueError, match=r"^weights "):
        maximal_covering([[1, 0]], np.array(["1"]), 1)


def test_a_weighted_cost_that_is_too_large_is_refused_and_is_not_no_way() -> None:
    for call in (p_median, lambda *a, **k: pure(lambda: p_median(*a, **k))):
        with pytest.raises(ValueError, match="too large for these weights"):
            call([[1e200, 1]], 1, weights=[1e200])
